/**
 * The folder of downloads that are under way. A file is named by what it will be: its SHA-256 where that is known, so
 * that a download goes on after a restart and for another job; else its address, with a note of which version it is.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StoredFile } from '#protocol/agent/job.ts';

export type DownloadSource = { type: 'file'; file: StoredFile } | { type: 'url'; url: string; sha256: string | null };

/** Nothing resumes a download after this long. */
const KEEP_MS = 7 * 24 * 3600 * 1000;

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

/** Removes downloads that nobody has gone on with for a week. */
export const pruneCache = async (folder: string, now: number): Promise<void> => {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile() && now - found.mtimeMs > KEEP_MS) await rm(path, { force: true });
  }
};
