/**
 * Writes a stream into the bucket and hashes it on the way. What fits into one part, and what has a known length, becomes one put;
 * anything else goes up in parts, one part in memory at a time. Whoever calls removes what a failure leaves (`remove-leftover.ts`).
 */
import { createHash } from 'node:crypto';

export type StoredBytes = { size: number; sha256: string };

export type Writing = {
  bucket: R2Bucket;
  key: string;
  content: AsyncIterable<Uint8Array>;
  /** Null when only the end of the content will tell. */
  size: number | null;
  /** Called before the bucket has any bytes, with the multipart upload that holds them, if there is one. */
  beforeBytes: (r2UploadId: string | null) => Promise<void>;
};

/** R2 takes no part below 5 MiB but the last one. */
const PART_BYTES = 8 * 1024 * 1024;

/** Counts and hashes what passes. */
class Meter {
  readonly #hash = createHash('sha256');
  #size = 0;

  async *measure(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of content) {
      this.#hash.update(chunk);
      this.#size += chunk.byteLength;
      yield chunk;
    }
  }

  result(): StoredBytes {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}

const feed = async (content: AsyncIterable<Uint8Array>, sink: WritableStream<Uint8Array>): Promise<void> => {
  const writer = sink.getWriter();
  try {
    for await (const chunk of content) await writer.write(chunk);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
};

const putSized = async (writing: Writing, content: AsyncIterable<Uint8Array>, size: number): Promise<void> => {
  await writing.beforeBytes(null);
  const pipe = new FixedLengthStream(size);
  const put = writing.bucket.put(writing.key, pipe.readable);
  const [fed, stored] = await Promise.allSettled([feed(content, pipe.writable), put]);
  // The feed's failure is the cause where both failed.
  if (fed.status === 'rejected') throw fed.reason;
  if (stored.status === 'rejected') throw stored.reason;
};

/** Pieces of exactly `PART_BYTES`, and the rest. Each is good until the next is asked for. */
async function* inParts(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ bytes: Uint8Array; full: boolean }, void> {
  const part = new Uint8Array(PART_BYTES);
  let filled = 0;
  for await (const chunk of content) {
    for (let offset = 0; offset < chunk.byteLength; ) {
      const piece = chunk.subarray(offset, offset + PART_BYTES - filled);
      part.set(piece, filled);
      filled += piece.byteLength;
      offset += piece.byteLength;
      if (filled < PART_BYTES) continue;
      yield { bytes: part, full: true };
      filled = 0;
    }
  }
  yield { bytes: part.subarray(0, filled), full: false };
}

const putUnsized = async (writing: Writing, content: AsyncIterable<Uint8Array>): Promise<void> => {
  const { bucket, key, beforeBytes } = writing;
  const uploaded: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | null = null;
  for await (const { bytes, full } of inParts(content)) {
    if (upload === null && full) {
      upload = await bucket.createMultipartUpload(key);
      await beforeBytes(upload.uploadId);
    }
    if (upload !== null && bytes.byteLength > 0) uploaded.push(await upload.uploadPart(uploaded.length + 1, bytes));
    if (upload === null) {
      await beforeBytes(null);
      await bucket.put(key, bytes);
    }
  }
  await upload?.complete(uploaded);
};

export const storeObject = async (writing: Writing): Promise<StoredBytes> => {
  const meter = new Meter();
  const content = meter.measure(writing.content);
  if (writing.size === null || writing.size === 0) await putUnsized(writing, content);
  else await putSized(writing, content, writing.size);
  return meter.result();
};
