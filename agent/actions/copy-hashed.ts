/** Copies a file and hashes what it copies in one pass; what is hashed is what was written. */
import { createHash } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const COPY_BYTES = 1024 * 1024;

export type Copied = { sha256: string; size: number };

/** A pipe must not hold the agent until somebody writes into it, nor a device until it ends. */
const READ_ITSELF = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Where others may write, what was a file a moment ago may be something else by now. */
const openFile = async (path: string): Promise<FileHandle> => {
  const handle = await open(path, READ_ITSELF);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw Object.assign(new Error(`${path} is not an ordinary file`), { code: 'EINVAL' });
};

/** A link at `from` is refused; `to` is made anew, for its owner alone. */
export const copyHashed = async (from: string, to: string, signal: AbortSignal): Promise<Copied> => {
  const handle = await openFile(from);
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
  const handle = await openFile(path);
  const hash = createHash('sha256');
  await pipeline(handle.createReadStream({ highWaterMark: COPY_BYTES }), hash, { signal });
  return hash.digest('hex');
};
