/**
 * A download that is not whole yet: the bytes so far, and the hash over them. Hashing and writing overlap: while one
 * batch is on its way to the disk, the next is received and hashed.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Few large writes instead of one for each packet. */
const BATCH_BYTES = 1024 * 1024;

export type PartialFile = {
  size: () => number;
  add: (chunk: Uint8Array) => Promise<void>;
  /** Waits until all that was added is written. */
  flush: () => Promise<void>;
  /** Forgets what is there. */
  restart: () => Promise<void>;
  sha256: () => string;
  /** Flushes as far as it can and closes. */
  close: () => Promise<void>;
};

const hashExisting = async (handle: FileHandle, hash: Hash): Promise<number> => {
  const buffer = Buffer.alloc(BATCH_BYTES);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return position;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
};

const writeAll = async (handle: FileHandle, chunks: Uint8Array[], position: number): Promise<void> => {
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const { bytesWritten } = await handle.writev(chunks, position);
  if (bytesWritten === total) return;
  // A short write; the rest either fits or tells why it does not.
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  await writeAll(handle, [rest], position + bytesWritten);
};

/** Opens the file, made when missing, with the hash of what is in it. A link in its place is refused. */
export const openPartialFile = async (path: string): Promise<PartialFile> => {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
  let hash = createHash('sha256');
  let size = await hashExisting(handle, hash);
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let written = size;
  let writing: Promise<void> = Promise.resolve();

  const startWrite = async (): Promise<void> => {
    await writing;
    if (batchBytes === 0) return;
    writing = writeAll(handle, batch, written);
    // The failure is met at the next wait; without this it would count as unhandled until then.
    writing.catch(() => null);
    written += batchBytes;
    batch = [];
    batchBytes = 0;
  };

  const flush = async (): Promise<void> => {
    await startWrite();
    await writing;
  };

  return {
    size: () => size,
    add: async (chunk) => {
      hash.update(chunk);
      size += chunk.byteLength;
      batch.push(chunk);
      batchBytes += chunk.byteLength;
      if (batchBytes >= BATCH_BYTES) await startWrite();
    },
    flush,
    restart: async () => {
      await flush();
      await handle.truncate(0);
      hash = createHash('sha256');
      size = 0;
      written = 0;
    },
    sha256: () => hash.copy().digest('hex'),
    close: async () => {
      await flush().catch(() => null);
      await handle.close();
    },
  };
};
