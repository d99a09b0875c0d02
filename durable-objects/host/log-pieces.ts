/** Arithmetic on pieces of output: offsets count bytes of UTF-8 in the whole log. */
import type { LogPiece } from '#protocol/agent/to-server.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

export type PlacedPiece = LogPiece & { offset: number };

export const byteLength = (pieces: readonly LogPiece[]): number =>
  pieces.reduce((sum, piece) => sum + encoder.encode(piece.text).length, 0);

/** Pieces that begin at `start`, each with its place; those before `from` are left out, one across it is cut. */
export const placePieces = (pieces: readonly LogPiece[], start: number, from: number): PlacedPiece[] => {
  const placed: PlacedPiece[] = [];
  let offset = start;
  for (const piece of pieces) {
    const bytes = encoder.encode(piece.text);
    const skip = Math.max(0, from - offset);
    if (skip === 0) placed.push({ ...piece, offset });
    else if (skip < bytes.length)
      placed.push({ stream: piece.stream, text: decoder.decode(bytes.subarray(skip)), offset: offset + skip });
    offset += bytes.length;
  }
  return placed;
};

/** Neighbors of one stream become one piece, so that a viewer gets few frames. */
export const mergePieces = (pieces: readonly PlacedPiece[]): PlacedPiece[] => {
  const merged: PlacedPiece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (last?.stream === piece.stream) last.text += piece.text;
    else merged.push({ ...piece });
  }
  return merged;
};
