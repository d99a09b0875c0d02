/**
 * The folder that an archive fills. It belongs to its package as a whole: a new version takes its place by a rename,
 * with nothing of the old one left in it. Only a folder that was unpacked here before, which a mark inside tells, or
 * an empty one is replaced.
 */
import { lstat, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../../policy/error-code.ts';
import { linkLeaves } from './archive-entries.ts';

const MARK = '.deployx-archive.json';
const Mark = z.object({ name: z.string(), version: z.string().nullable(), sha256: z.string() });
export type Mark = z.infer<typeof Mark>;

export type FolderState = { type: 'missing' } | { type: 'empty' } | { type: 'ours'; mark: Mark } | { type: 'foreign' };

const readMark = async (folder: string): Promise<Mark | null> => {
  try {
    return Mark.parse(JSON.parse(await readFile(join(folder, MARK), 'utf8')));
  } catch {
    return null;
  }
};

export const writeMark = (folder: string, mark: Mark): Promise<void> =>
  writeFile(join(folder, MARK), `${JSON.stringify(mark)}\n`);

export const folderState = async (folder: string): Promise<FolderState> => {
  const found = await lstat(folder).catch(() => null);
  if (found === null) return { type: 'missing' };
  if (!found.isDirectory()) return { type: 'foreign' };
  const mark = await readMark(folder);
  if (mark !== null) return { type: 'ours', mark };
  return (await readdir(folder)).length === 0 ? { type: 'empty' } : { type: 'foreign' };
};

const beside = (folder: string, what: 'new' | 'old'): string =>
  join(dirname(folder), `.deployx-${basename(folder)}.${what}`);

export const newFolder = (folder: string): string => beside(folder, 'new');

/** Brings an order into what a killed agent left: between the two renames of `takePlace` only the old one exists. */
export const recoverFolder = async (folder: string): Promise<void> => {
  const old = beside(folder, 'old');
  const target = await lstat(folder).catch(() => null);
  if (target === null) {
    await rename(old, folder).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  }
  await rm(old, { recursive: true, force: true });
  await rm(newFolder(folder), { recursive: true, force: true });
};

/** Two renames: in between the folder is missing for an instant, never half full. */
export const takePlace = async (folder: string): Promise<void> => {
  const old = beside(folder, 'old');
  const existed = (await lstat(folder).catch(() => null)) !== null;
  if (existed) await rename(folder, old);
  try {
    await rename(newFolder(folder), folder);
  } catch (error) {
    if (existed) await rename(old, folder);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
};

/** The first link among the unpacked files that leads out; null when none does. */
export const findEscapingLink = async (root: string, folder = root): Promise<string | null> => {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink() && linkLeaves(relative(root, path), await readlink(path))) return relative(root, path);
    const inner = entry.isDirectory() ? await findEscapingLink(root, path) : null;
    if (inner !== null) return inner;
  }
  return null;
};
