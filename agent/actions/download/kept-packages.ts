/**
 * Packages that were downloaded whole, named by their SHA-256, so that the next job with the same one does not download
 * it. A job gets a copy, hashed while it is made: what has changed on the disk meanwhile is thrown away, and what a job
 * does to its file does not reach this one. They are in the cache folder beside what is under way.
 */
import { rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../policy/error-code.ts';
import { syncDirectory, syncFile } from '../../state/write-file.ts';
import { type Copied, copyHashed, hashFile } from '../copy-hashed.ts';
import { exclusive } from '../exclusive.ts';
import type { JobRun } from '../job-run.ts';
import { spaceProblem } from './disk-space.ts';

export const KEPT_ENDING = '.package';

export const keptPath = (folder: string, sha256: string): string => join(folder, sha256 + KEPT_ENDING);

/** Whoever works on a kept package holds this, so that nothing removes it meanwhile. */
export const keptKey = (sha256: string): string => `kept ${sha256}`;

/** Where there is no room for two, the job gets the only one. */
const bring = async (run: JobRun, kept: string, to: string): Promise<Copied> => {
  if ((await spaceProblem(run.machine, run.workDirectory, (await stat(kept)).size)) === null)
    return copyHashed(kept, to, run.signal);
  await rename(kept, to);
  return { sha256: await hashFile(to, run.signal), size: (await stat(to)).size };
};

const copyOut = async (run: JobRun, sha256: string, to: string): Promise<number | null> => {
  const kept = keptPath(run.cacheDirectory, sha256);
  try {
    const copied = await bring(run, kept, to);
    if (copied.sha256 === sha256) {
      // When it was last of use decides how long it stays.
      const now = new Date();
      await utimes(kept, now, now).catch(() => null);
      return copied.size;
    }
    run.output('system', 'download: the kept copy of this package is damaged; it is downloaded anew\n');
  } catch (error) {
    if (run.signal.aborted || errorCode(error) === 'ENOSPC') throw error;
    if (errorCode(error) !== 'ENOENT')
      run.output('system', `download: the kept copy of this package cannot be read (${errorCode(error)})\n`);
  }
  await rm(kept, { force: true, recursive: true });
  await rm(to, { force: true });
  return null;
};

/** The size of the package that is at `to` now; null when there is none with this hash, or the signal was aborted. */
export const takeKept = (run: JobRun, sha256: string, to: string): Promise<number | null> =>
  exclusive(keptKey(sha256), run.signal, () => copyOut(run, sha256, to));

/** Commands, scripts and files are not what a machine installs twice. */
const wanted = ({ job: { action }, policy }: JobRun, size: number): boolean => {
  const kind = action.kind === 'undo' ? action.action.kind : action.kind;
  return kind === 'software' && policy.cache.max_age_days > 0 && size <= policy.cache.max_bytes;
};

/**
 * Gives the job what was downloaded to `path`, and keeps it where that is wanted and there is room for two. The bytes
 * are on the disk before they have the name of a whole package.
 */
export const handOver = async (
  run: JobRun,
  { path, size, sha256 }: { path: string; size: number; sha256: string },
  to: string,
): Promise<void> => {
  const room = (await spaceProblem(run.machine, run.workDirectory, size)) === null;
  if (!room || !wanted(run, size)) return rename(path, to);
  const kept = keptPath(run.cacheDirectory, sha256);
  await exclusive(keptKey(sha256), run.signal, async () => {
    await syncFile(path);
    await rename(path, kept);
    await syncDirectory(run.cacheDirectory);
    await copyHashed(kept, to, run.signal);
  });
};
