/**
 * The action `files`: one file of the server to one path. Nothing is touched before the content is here and verified.
 * Run twice it changes nothing the second time.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { FilesJob } from '#protocol/agent/job.ts';
import { errorCode } from '../../policy/error-code.ts';
import type { JobUser } from '../../policy/run-as.ts';
import type { ActionOutcome } from '../action.ts';
import { hashFile } from '../copy-hashed.ts';
import { isDiskFull, spaceProblem } from '../download/disk-space.ts';
import { downloadFile } from '../download/download.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import { keepBefore, keepSame } from '../undo/keep-file.ts';
import { removeRecord } from '../undo/undo-record.ts';
import { decideDestination } from './destination.ts';
import { makeDirectories, type OpenDirectory, openDirectory } from './open-directory.ts';
import { mayReplaceEntry } from './permissions.ts';
import { placeFile, removeLeftovers, temporaryName } from './place.ts';

type Target = { path: string; existing: Stats | null; action: FilesJob };

const modeOf = (mode: string | null): number | null => (mode === null ? null : Number.parseInt(mode, 8));

const isSame = async (target: string, existing: Stats, action: FilesJob, signal: AbortSignal): Promise<boolean> =>
  existing.size === action.file.size && (await hashFile(target, signal)) === action.file.sha256;

/** Through the folder held open, and not through a link: the file is the one that was compared. */
export const setMode = async (
  directory: OpenDirectory,
  { path, existing }: Pick<Target, 'path' | 'existing'>,
  mode: number,
  user: JobUser | null,
): Promise<ActionOutcome | null> => {
  const handle = await open(directory.at(basename(path)), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const found = await handle.stat();
    if (found.ino !== existing?.ino) return failed('path_refused', `${path} was replaced meanwhile`);
    if (user !== null && found.uid !== user.uid) return failed('path_refused', `${user.name} may not change ${path}`);
    await handle.chmod(mode);
    return null;
  } finally {
    await handle.close();
  }
};

const unchanged = async (run: JobRun, directory: OpenDirectory, target: Target): Promise<ActionOutcome> => {
  run.progress('verifying', null, null);
  const mode = modeOf(target.action.mode);
  const modeBefore = (target.existing?.mode ?? 0) & 0o777;
  const differs = mode !== null && modeBefore !== mode;
  await keepSame(run, { path: target.path, sha256: target.action.file.sha256, mode: differs ? modeBefore : null });
  const refusal = differs ? await setMode(directory, target, mode, run.user) : null;
  return refusal ?? completed(`${target.path} is unchanged: it has this content already`);
};

/** What is in the way at the target; null when nothing is. */
const obstacle = (target: string, existing: Stats): ActionOutcome | null => {
  if (existing.isDirectory()) return failed('path_refused', `${target} is a folder`);
  return existing.isFile() ? null : failed('path_refused', `${target} is not an ordinary file`);
};

const alreadyExists = (target: string): ActionOutcome =>
  failed('file_exists', `${target} exists with other content, and the job does not overwrite`);

const putInto = async (
  run: JobRun,
  directory: OpenDirectory,
  target: Target,
  source: string,
): Promise<ActionOutcome> => {
  const { path, action } = target;
  // Looked at anew: a download takes its time.
  const existing = await lstat(directory.at(basename(path))).catch(() => null);
  const inTheWay = existing === null ? null : obstacle(path, existing);
  if (inTheWay !== null) return inTheWay;
  if (existing !== null && !action.overwrite) return alreadyExists(path);
  if (run.user !== null && existing !== null && !mayReplaceEntry(await directory.stat(), existing, run.user))
    return failed('path_refused', `${run.user.name} may not replace ${path}`);
  await removeLeftovers(directory, Date.now());
  const isFirst = await keepBefore(run, directory, { path, existing, sha256: action.file.sha256 });
  run.progress('verifying', null, null);
  const placed = await placeFile({
    source,
    directory,
    name: basename(path),
    temporary: temporaryName(run.job.target_id),
    existing,
    mode: modeOf(action.mode),
    user: run.user,
    overwrite: action.overwrite,
    restore: null,
  });
  if (placed === 'exists') {
    // What has appeared in this moment is not this job's, and no undo shall take it away.
    if (isFirst) await removeRecord(run.backupDirectory, run.job.target_id);
    return alreadyExists(path);
  }
  return completed(`wrote ${path} (${action.file.size} bytes)`);
};

export const inFolder = async (
  run: JobRun,
  folder: string,
  work: (directory: OpenDirectory) => Promise<ActionOutcome>,
): Promise<ActionOutcome> => {
  const opened = await openDirectory(folder, run.machine.platform, run.user);
  if (!opened.ok) return failed('path_refused', opened.message);
  try {
    return await work(opened.directory);
  } finally {
    await opened.directory.close();
  }
};

/** A move within one file system takes no more room. */
const roomProblem = async (run: JobRun, folder: string, source: string): Promise<string | null> => {
  const [from, to] = await Promise.all([stat(source), stat(folder)]);
  return from.dev === to.dev ? null : spaceProblem(run.machine, folder, from.size);
};

const put = async (run: JobRun, target: Target, source: string): Promise<ActionOutcome> => {
  const folder = dirname(target.path);
  const problem = await makeDirectories(folder, run.machine.platform, run.user);
  if (problem !== null) return failed('path_refused', problem);
  const full = await roomProblem(run, folder, source);
  if (full !== null) return failed('disk_full', full);
  return inFolder(run, folder, (directory) => putInto(run, directory, target, source));
};

const deliver = async (run: JobRun, action: FilesJob): Promise<ActionOutcome> => {
  const decision = await decideDestination(run, action);
  if (!decision.allowed) return failed('path_refused', decision.message);
  const { path } = decision;
  const existing = await lstat(path).catch(() => null);
  if (existing !== null) {
    const inTheWay = obstacle(path, existing);
    if (inTheWay !== null) return inTheWay;
    if (await isSame(path, existing, action, run.signal))
      return inFolder(run, dirname(path), (directory) => unchanged(run, directory, { path, existing, action }));
    if (!action.overwrite) return alreadyExists(path);
  }
  const download = await downloadFile(run, { type: 'file', file: action.file });
  if (!download.ok) return download.outcome;
  if (run.signal.aborted) return aborted(run);
  return put(run, { path, existing, action }, download.path);
};

export const runFiles = async (run: JobRun, action: FilesJob): Promise<ActionOutcome> => {
  try {
    return await deliver(run, action);
  } catch (error) {
    if (run.signal.aborted) return aborted(run);
    const code = errorCode(error);
    if (isDiskFull(code)) return failed('disk_full', `the disk of ${action.destination} is full`);
    if (code === null) throw error;
    return failed('path_refused', `${action.destination} cannot be written (${code})`);
  }
};
