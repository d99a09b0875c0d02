/**
 * Puts a verified file in place: beside the target under a name of its own, synced, with its mode, then renamed. A
 * crash at any moment leaves the old file or the new one, never half of one.
 */
import { constants, createReadStream, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { errorCode } from '../../policy/error-code.ts';
import type { JobUser } from '../../policy/run-as.ts';
import type { FileFacts } from '../undo/undo-record.ts';
import type { OpenDirectory } from './open-directory.ts';

const PREFIX = '.deployx-';
const SUFFIX = '.tmp';

/** A copy under way touches its file all the time; one that is older belonged to an agent that was killed. */
const LEFTOVER_AFTER_MS = 3600 * 1000;

const DEFAULT_MODE = 0o644;
const COPY_BYTES = 1024 * 1024;

export const temporaryName = (targetId: string): string => `${PREFIX}${targetId}${SUFFIX}`;

export type Placing = {
  /** The verified file; it is moved when it lies on the same file system. */
  source: string;
  directory: OpenDirectory;
  name: string;
  temporary: string;
  /** What is there now. */
  existing: Stats | null;
  mode: number | null;
  user: JobUser | null;
  overwrite: boolean;
  /** What the file had before, where one is put back as it was. */
  restore: FileFacts | null;
};

export type Placed = 'placed' | 'exists';

/** Where jobs run as another user, no file gets back what lets it act as its owner. */
const restoreAttributes = async (handle: FileHandle, facts: FileFacts, user: JobUser | null): Promise<void> => {
  if (process.getuid?.() === 0) await handle.chown(facts.uid, facts.gid);
  await handle.chmod(facts.mode & (user === null ? 0o7777 : 0o777));
  await handle.utimes(facts.mtime_ms / 1000, facts.mtime_ms / 1000);
  await handle.sync();
};

/** A replaced file keeps its mode and owner unless the job says otherwise. */
const setAttributes = async (handle: FileHandle, placing: Placing): Promise<void> => {
  if (placing.restore !== null) return restoreAttributes(handle, placing.restore, placing.user);
  const { existing, mode, user } = placing;
  const owner = user ?? (process.getuid?.() === 0 ? existing : null);
  if (owner !== null) await handle.chown(owner.uid, owner.gid);
  await handle.chmod(mode ?? (existing === null ? DEFAULT_MODE : existing.mode & 0o777));
  await handle.sync();
};

/**
 * Owner and mode are set where nobody else can write, or through the handle that made the file: by its name in a folder
 * of another user, the file could be a different one by then.
 */
const moveBeside = async (placing: Placing, temporary: string): Promise<void> => {
  const handle = await open(placing.source, constants.O_RDWR);
  try {
    await setAttributes(handle, placing);
  } finally {
    await handle.close();
  }
  await rename(placing.source, temporary);
};

const copyBeside = async (placing: Placing, temporary: string): Promise<void> => {
  const create = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  const handle = await open(temporary, create, 0o600);
  try {
    await handle.writeFile(createReadStream(placing.source, { highWaterMark: COPY_BYTES }));
    await setAttributes(handle, placing);
  } finally {
    await handle.close();
  }
};

const putBeside = async (placing: Placing, temporary: string): Promise<void> => {
  await rm(temporary, { force: true });
  const [from, to] = await Promise.all([stat(placing.source), placing.directory.stat()]);
  if (from.dev !== to.dev) return copyBeside(placing, temporary);
  try {
    await moveBeside(placing, temporary);
  } catch (error) {
    // Two mounts of one file system have the same device and still take no rename between them.
    if (errorCode(error) !== 'EXDEV') throw error;
    await copyBeside(placing, temporary);
  }
};

/** `link` fails when the name is taken, so nothing that appeared meanwhile is lost. */
const renameWithoutReplacing = async (from: string, to: string): Promise<Placed> => {
  try {
    await link(from, to);
    await unlink(from);
    return 'placed';
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return 'exists';
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
  }
  // A file system without hard links: the best it can do.
  if ((await lstat(to).catch(() => null)) !== null) return 'exists';
  await rename(from, to);
  return 'placed';
};

export const placeFile = async (placing: Placing): Promise<Placed> => {
  const { directory, name, overwrite } = placing;
  const temporary = directory.at(placing.temporary);
  const target = directory.at(name);
  try {
    await putBeside(placing, temporary);
    if (!overwrite && (await renameWithoutReplacing(temporary, target)) === 'exists') return 'exists';
    if (overwrite) await rename(temporary, target);
    await directory.sync();
    return 'placed';
  } finally {
    await rm(temporary, { force: true });
  }
};

/** Removes what killed agents left in this folder. */
export const removeLeftovers = async (directory: OpenDirectory, now: number): Promise<void> => {
  for (const name of await readdir(directory.at('.'))) {
    if (!name.startsWith(PREFIX) || !name.endsWith(SUFFIX)) continue;
    const found = await lstat(directory.at(name)).catch(() => null);
    if (found?.isFile() && now - found.mtimeMs > LEFTOVER_AFTER_MS) await rm(directory.at(name), { force: true });
  }
};
