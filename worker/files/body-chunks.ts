/**
 * Reads a body in large chunks. The default reader hands out 4 KiB at a time, and at that size the loop around it costs ten
 * times what hashing and storing cost (100 against 1000 MB/s measured in workerd); `readAtLeast` fills a whole buffer natively.
 */

/** Large enough that the loop's cost vanishes, small enough that many uploads at once fit into an isolate. */
const CHUNK_BYTES = 1024 * 1024;

/** Each chunk is good until the next is asked for: the buffer is used again. */
export async function* bodyChunks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array, void> {
  if (body === null) return;
  const reader = body.getReader({ mode: 'byob' });
  let buffer = new Uint8Array(CHUNK_BYTES);
  try {
    for (;;) {
      const { value, done } = await reader.readAtLeast(CHUNK_BYTES, buffer);
      if (value !== undefined && value.byteLength > 0) yield value;
      if (done || value === undefined) return;
      buffer = new Uint8Array(value.buffer);
    }
  } finally {
    // Reached early when the consumer gives up: the rest of the body is not wanted.
    await reader.cancel().catch(() => undefined);
  }
}
