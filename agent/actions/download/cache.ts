/**
 * The folder of downloads that are under way. A file is named by what it will be: its SHA-256 where that is known, so
 * that a download goes on after a restart and for another job; else its address, with a note of which version it is.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StoredFile } from '#protocol/agent/job.ts';
import type { Policy } from '../../policy/policy.ts';
import { exclusive, isHeld } from '../exclusive.ts';
import { ABOUT_ENDING, aboutPath } from './about-package.ts';
import { KEPT_ENDING, keptKey } from './kept-packages.ts';

export type DownloadSource = { type: 'file'; file: StoredFile } | { type: 'url'; url: string; sha256: string | null };

const DAY_MS = 24 * 3600 * 1000;
/** Nothing resumes a download after this long. */
const KEEP_MS = 7 * DAY_MS;

/** The version of the content that the bytes so far belong to. */
const Note = z.object({ validator: z.string(), boot_id: z.string() });

export const knownSha256 = (source: DownloadSource): string | null =>
  source.type === 'file' ? source.file.sha256 : source.sha256;

export const knownSize = (source: DownloadSource): number | null => (source.type === 'file' ? source.file.size : null);

export const cacheKey = (source: DownloadSource): string =>
  knownSha256(source) ?? `url-${source.type === 'url' ? createHash('sha256').update(source.url).digest('hex') : ''}`;

export const partialPath = (folder: string, key: string): string => join(folder, `${key}.partial`);
const notePath = (folder: string, key: string): string => join(folder, `${key}.json`);

/**
 * Only within one start of the operating system may bytes without a known hash be trusted: a loss of power can leave a
 * file of the right length with nothing in it.
 */
export const readValidator = async (folder: string, key: string, bootId: string | null): Promise<string | null> => {
  try {
    const note = Note.parse(JSON.parse(await readFile(notePath(folder, key), 'utf8')));
    return note.boot_id === bootId ? note.validator : null;
  } catch {
    return null;
  }
};

export const writeValidator = async (
  folder: string,
  key: string,
  validator: string | null,
  bootId: string | null,
): Promise<void> => {
  if (validator === null || bootId === null) return rm(notePath(folder, key), { force: true });
  await writeFile(notePath(folder, key), JSON.stringify({ validator, boot_id: bootId }), { mode: 0o600 });
};

export const forget = async (folder: string, key: string): Promise<void> => {
  await rm(partialPath(folder, key), { force: true });
  await rm(notePath(folder, key), { force: true });
};

/** Who brings or uses a download holds this. */
export const downloadKey = (key: string): string => `download ${key}`;

type Entry = { name: string; found: Stats };

/** Whoever began to use it since it was listed keeps it. */
const removeUnused = async (folder: string, { name, found }: Entry): Promise<void> => {
  const stem = name.slice(0, name.indexOf('.'));
  const key = name.endsWith(KEPT_ENDING) ? keptKey(stem) : downloadKey(stem);
  if (isHeld(key)) return;
  await exclusive(key, new AbortController().signal, async () => {
    const now = await stat(join(folder, name)).catch(() => null);
    if (now?.mtimeMs !== found.mtimeMs) return;
    await rm(join(folder, name), { force: true });
    if (name.endsWith(KEPT_ENDING)) await rm(aboutPath(folder, stem), { force: true });
  });
};

const listEntries = async (folder: string): Promise<Entry[]> => {
  const entries: Entry[] = [];
  for (const name of await readdir(folder)) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found?.isFile()) entries.push({ name, found });
  }
  return entries;
};

/** Kept packages beyond the bounds, those that were not of use for the longest time first. */
const superfluous = (kept: readonly Entry[], { max_bytes, max_age_days }: Policy['cache'], now: number): Entry[] => {
  let bytes = 0;
  return [...kept]
    .sort((a, b) => b.found.mtimeMs - a.found.mtimeMs)
    .filter(({ found }) => {
      bytes += found.size;
      return bytes > max_bytes || now - found.mtimeMs >= max_age_days * DAY_MS;
    });
};

/** Removes downloads that nobody has gone on with for a week, and kept packages beyond the policy's bounds. */
export const pruneCache = async (folder: string, bounds: Policy['cache'], now: number): Promise<void> => {
  const entries = await listEntries(folder);
  const kept = entries.filter(({ name }) => name.endsWith(KEPT_ENDING));
  const keptNames = new Set(kept.map(({ name }) => name));
  for (const { name } of entries)
    if (name.endsWith(ABOUT_ENDING) && !keptNames.has(name.slice(0, -ABOUT_ENDING.length) + KEPT_ENDING))
      await rm(join(folder, name), { force: true });
  const underWay = entries.filter(({ name }) => !name.endsWith(KEPT_ENDING) && !name.endsWith(ABOUT_ENDING));
  const given = underWay.filter(({ found }) => now - found.mtimeMs > KEEP_MS);
  for (const entry of [...given, ...superfluous(kept, bounds, now)]) await removeUnused(folder, entry);
};
