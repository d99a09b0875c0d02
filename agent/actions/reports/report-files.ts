/**
 * What a script left in its report folder. Links are not followed, and where jobs run as another user only that user's own files are
 * read: whoever may write into the folder must not make the agent read for them.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_REPORT_FILE_BYTES, ReportPath } from '#protocol/http/scripts.ts';
import { errorCode } from '../../policy/error-code.ts';
import type { JobUser } from '../../policy/run-as.ts';
import type { Omissions } from './omissions.ts';

/** A folder with more entries was not meant to be a report; looking further would only take time. */
const MAX_ENTRIES = 10_000;

/** A pipe must not hold the agent until somebody writes into it. */
const READ_ITSELF = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const MEBIBYTE = 1024 * 1024;

/** Paths of files below `root`, with `/` between names, in their order. */
export const listReportFiles = async (root: string, omissions: Omissions): Promise<string[]> => {
  const found: string[] = [];
  const folders = [''];
  let entries = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const inside = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of inside) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      entries += 1;
      if (entries > MAX_ENTRIES) {
        omissions.add(`beyond the first ${MAX_ENTRIES} entries`, path);
        return found.sort();
      }
      if (entry.isDirectory()) folders.push(path);
      else if (!entry.isFile()) omissions.add('not a plain file', path);
      else if (!ReportPath.safeParse(path).success) omissions.add('a name that cannot be kept', path);
      else found.push(path);
    }
  }
  return found.sort();
};

type Read = { ok: true; content: Buffer<ArrayBuffer> } | { ok: false; reason: string };

const refused = (reason: string): Read => ({ ok: false, reason });

const readAll = async (handle: FileHandle, size: number): Promise<Buffer<ArrayBuffer>> => {
  const content = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(content, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return content.subarray(0, filled);
};

const readOpened = async (handle: FileHandle, user: JobUser | null): Promise<Read> => {
  const stats = await handle.stat();
  if (!stats.isFile()) return refused('not a plain file');
  if (user !== null && stats.uid !== user.uid) return refused(`does not belong to ${user.name}`);
  if (stats.size > MAX_REPORT_FILE_BYTES) return refused(`larger than ${MAX_REPORT_FILE_BYTES / MEBIBYTE} MiB`);
  return { ok: true, content: await readAll(handle, stats.size) };
};

export const readReportFile = async (path: string, user: JobUser | null): Promise<Read> => {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, READ_ITSELF);
    return await readOpened(handle, user);
  } catch (error) {
    return refused(errorCode(error) === 'ELOOP' ? 'not a plain file' : 'could not be read');
  } finally {
    await handle?.close();
  }
};
