/**
 * Puts a verified file in place: beside the target under a name of its own, synced, with its mode, then renamed. A
 * crash at any moment leaves the old file or the new one, never half of one.
 */
import { constants, type Stats } from 'node:fs';
import { copyFile, link, lstat, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { errorCode } from '../../policy/error-code.ts';
import type { JobUser } from '../../policy/run-as.ts';
import type { OpenDirectory } from './open-directory.ts';

const PREFIX = '.deployx-';
const SUFFIX = '.tmp';

/** A copy under way touches its file all the time; one that is older belonged to an agent that was killed. */
const LEFTOVER_AFTER_MS = 3600 * 1000;

const DEFAULT_MODE = 0o644;

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
};

export type Placed = 'placed' | 'exists';

const moveBeside = async (source: string, temporary: string): Promise<void> => {
  await rm(temporary, { force: true });
  try {
    await rename(source, temporary);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    // Exclusive: a link that someone put there meanwhile is not followed.
    await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
};

/** A replaced file keeps its mode and owner unless the job says otherwise. */
const finish = async (temporary: string, { existing, mode, user }: Placing): Promise<void> => {
  const handle = await open(temporary, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
  try {
    const owner = user ?? (process.getuid?.() === 0 ? existing : null);
    if (owner !== null) await handle.chown(owner.uid, owner.gid);
    await handle.chmod(mode ?? (existing === null ? DEFAULT_MODE : existing.mode & 0o777));
    await handle.sync();
  } finally {
    await handle.close();
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
  const { directory, source, name, overwrite } = placing;
  const temporary = directory.at(placing.temporary);
  const target = directory.at(name);
  try {
    await moveBeside(source, temporary);
    await finish(temporary, placing);
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
