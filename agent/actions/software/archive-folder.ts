/**
 * The folder that an archive fills. It belongs to its package as a whole: a new version takes its place by a rename,
 * with nothing of the old one left in it. Only a folder that was unpacked here before, which a mark inside tells, or
 * an empty one is replaced.
 */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { linkLeaves } from './archive-entries.ts';
import type { FolderTools } from './folder-tools.ts';

export const MARK = '.deployx-archive.json';
const Mark = z.object({ name: z.string(), version: z.string().nullable(), sha256: z.string() });
export type Mark = z.infer<typeof Mark>;

export type FolderState = { type: 'missing' } | { type: 'empty' } | { type: 'ours'; mark: Mark } | { type: 'foreign' };

const readMark = async (folder: string): Promise<Mark | null> => {
  try {
    // Reading from a pipe, which anyone may put there, would never end.
    if (!(await lstat(join(folder, MARK))).isFile()) return null;
    return Mark.parse(JSON.parse(await readFile(join(folder, MARK), 'utf8')));
  } catch {
    return null;
  }
};

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

const exists = async (path: string): Promise<boolean> => (await lstat(path).catch(() => null)) !== null;

/** Puts in order what a killed agent left: between the two renames of `takePlace` only the old one exists. */
export const recoverFolder = async (folder: string, tools: FolderTools): Promise<void> => {
  const old = beside(folder, 'old');
  if (await exists(old)) await ((await exists(folder)) ? tools.remove(old) : tools.move(old, folder));
  if (await exists(newFolder(folder))) await tools.remove(newFolder(folder));
};

/** Two renames: in between the folder is missing for an instant, never half full. */
export const takePlace = async (folder: string, tools: FolderTools): Promise<void> => {
  if (await exists(folder)) await tools.move(folder, beside(folder, 'old'));
  await tools.move(newFolder(folder), folder);
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
