/** Copies a file and hashes what it copies in one pass; what is hashed is what was written. */
import { createHash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const COPY_BYTES = 1024 * 1024;

export type Copied = { sha256: string; size: number };

/** A link at `from` is refused; `to` is made anew, for its owner alone. */
export const copyHashed = async (from: string, to: string, signal: AbortSignal): Promise<Copied> => {
  const handle = await open(from, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(
    handle.createReadStream({ highWaterMark: COPY_BYTES }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(to, { mode: 0o600 }),
    { signal },
  );
  return { sha256: hash.digest('hex'), size };
};

export const hashFile = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: COPY_BYTES }), hash, { signal });
  return hash.digest('hex');
};
