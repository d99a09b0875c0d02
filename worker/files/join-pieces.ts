/**
 * Makes one object out of several, in order, by reading and writing them again. What was put at once is read back many times as
 * fast from the embedded bucket as what the bucket has put together itself, and a file is read far more often than written.
 */
import { bodyChunks } from '../http/body-chunks.ts';
import { putStream, type StoredBytes } from './put-stream.ts';

export type Piece = { key: string; etag: string };

export const putPiece = async (bucket: R2Bucket, key: string, bytes: ReadableStream | Uint8Array): Promise<Piece> => {
  // With options that name no condition, as the types take a put without any for a conditional one.
  const { etag } = await bucket.put(key, bytes, {});
  return { key, etag };
};

class PieceChanged extends Error {}

async function* contentOf(bucket: R2Bucket, pieces: readonly Piece[]): AsyncGenerator<Uint8Array, void> {
  for (const { key, etag } of pieces) {
    const object = await bucket.get(key, { onlyIf: { etagMatches: etag } });
    if (object === null || !('body' in object)) throw new PieceChanged();
    yield* bodyChunks(object.body);
  }
}

/** Null when a piece is gone or is another one by now. */
export const joinPieces = async (
  bucket: R2Bucket,
  pieces: readonly Piece[],
  key: string,
  size: number,
): Promise<StoredBytes | null> => {
  try {
    return await putStream(bucket, key, contentOf(bucket, pieces), size);
  } catch (error) {
    if (error instanceof PieceChanged) return null;
    throw error;
  }
};
