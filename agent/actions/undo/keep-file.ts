/**
 * UNDO1: keeps what is at a path before a job replaces it. The first attempt of a target decides: what a later one finds
 * there is the first one's work. A hard link costs nothing and keeps the very file; where there can be none it is copied.
 */
import type { Stats } from 'node:fs';
import { link, lstat, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { errorCode } from '../../policy/error-code.ts';
import { syncDirectory, syncFile } from '../../state/write-file.ts';
import { copyHashed } from '../copy-hashed.ts';
import { isDiskFull, spaceProblem } from '../download/disk-space.ts';
import type { OpenDirectory } from '../files/open-directory.ts';
import type { JobRun } from '../job-run.ts';
import { shownBytes } from './shown-bytes.ts';
import {
  contentPath,
  type FileFacts,
  type FilesRecord,
  makeRecordFolder,
  readRecord,
  recordFolder,
  writeRecord,
} from './undo-record.ts';

type Before = FilesRecord['before'];
type Replaced = { path: string; existing: Stats | null; sha256: string };

export const factsOf = ({ size, mode, uid, gid, mtimeMs }: Stats): FileFacts => ({
  size,
  mode: mode & 0o7777,
  uid,
  gid,
  mtime_ms: mtimeMs,
});

const notKept = (why: string): Before => ({ type: 'not_kept', why });

/** Why nothing is kept of this file; null when it is. */
const boundsProblem = ({ policy: { backups } }: JobRun, size: number): string | null => {
  if (backups.max_count === 0 || backups.max_age_days === 0) return 'this host keeps no backups (policy backups)';
  if (size <= backups.max_bytes) return null;
  return `${shownBytes(size)} is more than this host keeps (policy backups.max_bytes)`;
};

/** A file with further names may be changed through one of them, so that a link would not keep its content. */
const linkTo = async (from: string, to: string, existing: Stats): Promise<boolean> => {
  if (existing.nlink > 1) return false;
  try {
    await link(from, to);
  } catch {
    return false;
  }
  const linked = await lstat(to);
  if (linked.isFile() && linked.ino === existing.ino && linked.dev === existing.dev) return true;
  await rm(to, { force: true });
  return false;
};

const copyTo = async (run: JobRun, from: string, to: string, existing: Stats): Promise<Before> => {
  const full = await spaceProblem(run.machine, run.backupDirectory, existing.size);
  if (full !== null) return notKept(full);
  try {
    await copyHashed(from, to, run.signal);
    await syncFile(to);
    return { type: 'kept', facts: factsOf(existing) };
  } catch (error) {
    if (run.signal.aborted) throw error;
    await rm(to, { force: true });
    if (isDiskFull(errorCode(error))) return notKept('the disk is full');
    return notKept(`it cannot be read (${errorCode(error) ?? 'unknown error'})`);
  }
};

const keepContent = async (run: JobRun, from: string, existing: Stats): Promise<Before> => {
  const problem = boundsProblem(run, existing.size);
  if (problem !== null) return notKept(problem);
  const id = run.job.target_id;
  const to = contentPath(run.backupDirectory, id);
  await makeRecordFolder(run.backupDirectory, id);
  // Of an attempt that was killed before its record was written.
  await rm(to, { force: true });
  const linked = await linkTo(from, to, existing);
  const before: Before = linked ? { type: 'kept', facts: factsOf(existing) } : await copyTo(run, from, to, existing);
  await syncDirectory(recordFolder(run.backupDirectory, id));
  return before;
};

/** True when this call has made the record; false when an earlier attempt had. */
export const keepBefore = async (
  run: JobRun,
  directory: OpenDirectory,
  { path, existing, sha256 }: Replaced,
): Promise<boolean> => {
  const known = await readRecord(run.backupDirectory, run.job.target_id);
  // Of one that found nothing to do there is nothing to be lost.
  if (known !== null && !(known.kind === 'files' && known.before.type === 'same')) return false;
  const before: Before =
    existing === null ? { type: 'absent' } : await keepContent(run, directory.at(basename(path)), existing);
  await writeRecord(run.backupDirectory, run.job.target_id, { kind: 'files', at: Date.now(), path, sha256, before });
  return true;
};

/** For a path that has the wanted content already. */
export const keepSame = async (
  run: JobRun,
  { path, sha256, mode }: { path: string; sha256: string; mode: number | null },
): Promise<void> => {
  const { backupDirectory, job } = run;
  if ((await readRecord(backupDirectory, job.target_id)) !== null) return;
  const before: Before = { type: 'same', mode };
  await writeRecord(backupDirectory, job.target_id, { kind: 'files', at: Date.now(), path, sha256, before });
};
