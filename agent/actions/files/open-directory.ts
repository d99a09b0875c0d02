/**
 * A folder held open, so that what is written into it lands where it was checked, even when someone swaps a link in
 * between. On Linux its entries are named through the open handle; elsewhere the real path is compared once more.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../../policy/error-code.ts';
import type { Platform } from '../../policy/paths.ts';
import type { JobUser } from '../../policy/run-as.ts';
import { mayChangeFolder } from './permissions.ts';

export type OpenDirectory = {
  /** A path to an entry that leads through the open folder. */
  at: (name: string) => string;
  stat: () => Promise<Stats>;
  /** Makes renames in it last through a loss of power. */
  sync: () => Promise<void>;
  close: () => Promise<void>;
};

export type OpenedDirectory = { ok: true; directory: OpenDirectory } | { ok: false; message: string };

/** Not a file, and not a folder that a link leads to. */
const FOLDER_ITSELF = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const refused = (message: string): OpenedDirectory => ({ ok: false, message });

const replaced = (path: string): OpenedDirectory => refused(`${path} was replaced by a link meanwhile`);

/** Windows opens no folders as files. */
const openByPath = async (path: string): Promise<OpenedDirectory> => {
  if ((await realpath(path)) !== path) return replaced(path);
  return {
    ok: true,
    directory: { at: (name) => join(path, name), stat: () => stat(path), sync: async () => {}, close: async () => {} },
  };
};

/** Where entries are named from; null when the open folder is not the one at `path` any more. */
const baseOf = async (handle: FileHandle, path: string, platform: Platform): Promise<string | null> => {
  const through = `/proc/self/fd/${handle.fd}`;
  const leads = platform === 'linux' ? await readlink(through).catch(() => null) : null;
  if (leads !== null) return leads === path ? through : null;
  return (await realpath(path)) === path ? path : null;
};

const openByHandle = async (
  handle: FileHandle,
  path: string,
  platform: Platform,
  user: JobUser | null,
): Promise<OpenedDirectory> => {
  const base = await baseOf(handle, path, platform);
  if (base === null) return replaced(path);
  if (user !== null && !mayChangeFolder(await handle.stat(), user))
    return refused(`${user.name} may not write in ${path}`);
  const directory = {
    at: (name: string) => join(base, name),
    stat: () => handle.stat(),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
  return { ok: true, directory };
};

/** Opens a folder by its real path. */
export const openDirectory = async (
  path: string,
  platform: Platform,
  user: JobUser | null,
): Promise<OpenedDirectory> => {
  if (platform === 'windows') return openByPath(path);
  let handle: FileHandle;
  try {
    handle = await open(path, FOLDER_ITSELF);
  } catch (error) {
    return refused(`${path} cannot be opened as a folder (${errorCode(error) ?? 'unknown error'})`);
  }
  let opened: OpenedDirectory | null = null;
  try {
    opened = await openByHandle(handle, path, platform, user);
    return opened;
  } finally {
    if (opened?.ok !== true) await handle.close();
  }
};

/** One level; what is there already stays as it is. */
const makeIn = async (path: string, platform: Platform, user: JobUser | null): Promise<string | null> => {
  const parent = dirname(path);
  const opened = await openDirectory(parent, platform, user);
  if (!opened.ok) return opened.message;
  const { directory } = opened;
  const entry = directory.at(basename(path));
  try {
    await mkdir(entry, { mode: 0o755 });
    if (user !== null) await chownFolder(entry, user);
    await directory.sync();
    return null;
  } catch (error) {
    return errorCode(error) === 'EEXIST' ? null : `${path} cannot be made (${errorCode(error) ?? 'unknown error'})`;
  } finally {
    await directory.close();
  }
};

const chownFolder = async (path: string, user: JobUser): Promise<void> => {
  const handle = await open(path, FOLDER_ITSELF);
  try {
    await handle.chown(user.uid, user.gid);
  } finally {
    await handle.close();
  }
};

/** Makes the folder and those above it that are missing; a message when that fails. `path` is free of links. */
export const makeDirectories = async (
  path: string,
  platform: Platform,
  user: JobUser | null,
): Promise<string | null> => {
  const missing: string[] = [];
  for (let part = path; dirname(part) !== part; part = dirname(part)) {
    const known = await realpath(part).catch((error: unknown) => errorCode(error));
    if (known !== 'ENOENT') break;
    missing.unshift(part);
  }
  for (const part of missing) {
    const problem = await makeIn(part, platform, user);
    if (problem !== null) return problem;
  }
  return null;
};
