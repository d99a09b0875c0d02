/**
 * Writes a stream of known length as one object and hashes it on the way, a chunk at a time in memory. The bucket has the whole
 * object or none of it.
 */
import { createHash } from 'node:crypto';

export type StoredBytes = { size: number; sha256: string };

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

export const putStream = async (
  bucket: R2Bucket,
  key: string,
  content: AsyncIterable<Uint8Array>,
  size: number,
): Promise<StoredBytes> => {
  const meter = new Meter();
  const pipe = new FixedLengthStream(size);
  const put = bucket.put(key, pipe.readable);
  const [fed, stored] = await Promise.allSettled([feed(meter.measure(content), pipe.writable), put]);
  // The feed's failure is the cause where both failed.
  if (fed.status === 'rejected') throw fed.reason;
  if (stored.status === 'rejected') throw stored.reason;
  return meter.result();
};
