/**
 * Writes a stream into the bucket as one object and hashes it on the way. Without a known length, what does not fit into one
 * piece waits in pieces below `staging` first. Whoever calls removes what a failure leaves, and the pieces (`remove-leftover.ts`).
 */
import { createHash } from 'node:crypto';
import { joinPieces, type Piece, putPiece } from './join-pieces.ts';
import { putStream, type StoredBytes } from './put-stream.ts';

export type Writing = {
  bucket: R2Bucket;
  key: string;
  /** A folder that nobody else writes to. */
  staging: string;
  content: AsyncIterable<Uint8Array>;
  /** Null when only the end of the content will tell. */
  size: number | null;
  /** Called with the keys that are about to be written, before the bucket has any bytes of them. */
  beforeBytes: (keys: readonly string[]) => Promise<void>;
};

/** One piece is in memory at a time. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** Pieces of exactly `PIECE_BYTES`, and the rest. Each is good until the next is asked for. */
async function* inPieces(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ bytes: Uint8Array; full: boolean }, void> {
  const piece = new Uint8Array(PIECE_BYTES);
  let filled = 0;
  for await (const chunk of content) {
    for (let offset = 0; offset < chunk.byteLength; ) {
      const bytes = chunk.subarray(offset, offset + PIECE_BYTES - filled);
      piece.set(bytes, filled);
      filled += bytes.byteLength;
      offset += bytes.byteLength;
      if (filled < PIECE_BYTES) continue;
      yield { bytes: piece, full: true };
      filled = 0;
    }
  }
  yield { bytes: piece.subarray(0, filled), full: false };
}

const putBytes = async ({ bucket, key, beforeBytes }: Writing, bytes: Uint8Array): Promise<StoredBytes> => {
  await beforeBytes([key]);
  await bucket.put(key, bytes);
  return { size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
};

const storeUnsized = async (writing: Writing): Promise<StoredBytes> => {
  const { bucket, key, staging, content, beforeBytes } = writing;
  const pieces: Piece[] = [];
  let size = 0;
  for await (const { bytes, full } of inPieces(content)) {
    if (pieces.length === 0 && !full) return putBytes(writing, bytes);
    if (pieces.length === 0) await beforeBytes([staging, key]);
    if (bytes.byteLength === 0) break;
    pieces.push(await putPiece(bucket, `${staging}${pieces.length + 1}`, bytes));
    size += bytes.byteLength;
  }
  const stored = await joinPieces(bucket, pieces, key, size);
  if (stored === null) throw new Error(`somebody else has written to ${staging}`);
  return stored;
};

export const storeObject = async (writing: Writing): Promise<StoredBytes> => {
  const { bucket, key, content, size, beforeBytes } = writing;
  if (size === null || size === 0) return storeUnsized(writing);
  await beforeBytes([key]);
  return putStream(bucket, key, content, size);
};
