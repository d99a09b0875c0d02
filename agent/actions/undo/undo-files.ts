/**
 * UNDO2: puts a file back as it was before a job replaced it, or removes one that was not there. The path is judged by
 * the policy again. What somebody has changed since is put back all the same, and kept as the undo's own backup, so that
 * nothing is lost. Done twice it changes nothing the second time.
 */
import type { Stats } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { assertNever } from '#protocol/assert.ts';
import { allowedPath } from '../../policy/allowed-path.ts';
import { errorCode } from '../../policy/error-code.ts';
import type { ActionOutcome } from '../action.ts';
import { copyHashed, hashFile } from '../copy-hashed.ts';
import { isDiskFull, spaceProblem } from '../download/disk-space.ts';
import { inFolder, setMode } from '../files/files.ts';
import { makeDirectories, type OpenDirectory } from '../files/open-directory.ts';
import { mayReplaceEntry } from '../files/permissions.ts';
import { placeFile, temporaryName } from '../files/place.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import { factsOf, keepBefore } from './keep-file.ts';
import { contentPath, type FileFacts, type FilesRecord } from './undo-record.ts';

/** `content`: what was kept, in the backups of the job that is undone. */
type Undo = { run: JobRun; path: string; existing: Stats | null; content: string; sha256: string };

const asItWas = (path: string): ActionOutcome => completed(`${path} is as it was before`);

const isAsBefore = async ({ run, path, existing, content }: Undo, facts: FileFacts): Promise<boolean> => {
  if (existing === null) return false;
  const now = factsOf(existing);
  const owned = process.getuid?.() !== 0 || (now.uid === facts.uid && now.gid === facts.gid);
  const permissions = run.user === null ? 0o7777 : 0o777;
  if (now.size !== facts.size || !owned || ((now.mode ^ facts.mode) & permissions) !== 0) return false;
  return (await hashFile(path, run.signal)) === (await hashFile(content, run.signal));
};

/** What is there now and is not what the job put there is somebody's work. */
const keepWorkOfOthers = async (undo: Undo, directory: OpenDirectory): Promise<void> => {
  const { run, path, existing, sha256 } = undo;
  if (existing === null || (await hashFile(path, run.signal)) === sha256) return;
  await keepBefore(run, directory, { path, existing, sha256 });
  const kept = contentPath(run.backupDirectory, run.job.target_id);
  const isKept = (await lstat(kept).catch(() => null)) !== null;
  run.output(
    'system',
    `${path} was changed since; ${isKept ? `what was there is kept as ${kept}` : 'it is not kept'}\n`,
  );
};

/** What stands against taking the place of what is there; null when nothing does. */
const obstacle = async ({ run, path, existing }: Undo, directory: OpenDirectory): Promise<string | null> => {
  if (run.user === null || existing === null) return null;
  return mayReplaceEntry(await directory.stat(), existing, run.user)
    ? null
    : `${run.user.name} may not replace ${path}`;
};

const changeEntry = async (
  undo: Undo,
  change: (directory: OpenDirectory) => Promise<ActionOutcome>,
): Promise<ActionOutcome> =>
  inFolder(undo.run, dirname(undo.path), async (directory) => {
    const problem = await obstacle(undo, directory);
    if (problem !== null) return failed('path_refused', problem);
    await keepWorkOfOthers(undo, directory);
    return change(directory);
  });

const remove = async (undo: Undo): Promise<ActionOutcome> => {
  const { path, existing } = undo;
  if (existing === null) return completed(`${path} is not there, as before`);
  return changeEntry(undo, async (directory) => {
    await rm(directory.at(basename(path)), { force: true });
    await directory.sync();
    return completed(`removed ${path}, which was not there before`);
  });
};

const putBack = async (undo: Undo, facts: FileFacts): Promise<ActionOutcome> => {
  const { run, path, existing, content } = undo;
  if ((await lstat(content).catch(() => null)) === null)
    return failed('nothing_to_undo', `the backup of ${path} is not there any more`);
  if (await isAsBefore(undo, facts)) return asItWas(path);
  const full = await spaceProblem(run.machine, run.workDirectory, facts.size);
  if (full !== null) return failed('disk_full', full);
  // A copy, so that the backup stays as it is whatever happens to the file from now on.
  const source = join(run.workDirectory, 'restored');
  await copyHashed(content, source, run.signal);
  const problem = await makeDirectories(dirname(path), run.machine.platform, run.user);
  if (problem !== null) return failed('path_refused', problem);
  return changeEntry(undo, async (directory) => {
    run.progress('verifying', null, null);
    const temporary = temporaryName(run.job.target_id);
    const name = basename(path);
    const { user } = run;
    await placeFile({
      source,
      directory,
      name,
      temporary,
      existing,
      mode: null,
      user,
      overwrite: true,
      restore: facts,
    });
    return completed(`put ${path} back as it was`);
  });
};

/** The job has changed the mode at most. */
const resetMode = async ({ run, path, existing, sha256 }: Undo, mode: number | null): Promise<ActionOutcome> => {
  if (mode === null || existing === null || (existing.mode & 0o777) === mode) return asItWas(path);
  if ((await hashFile(path, run.signal)) !== sha256)
    return completed(`${path} has other content now; it is left alone`);
  return inFolder(run, dirname(path), async (directory) => {
    const refusal = await setMode(directory, { path, existing }, mode, run.user);
    return refusal ?? completed(`gave ${path} its mode back`);
  });
};

const undoIt = async (undo: Undo, before: FilesRecord['before']): Promise<ActionOutcome> => {
  switch (before.type) {
    case 'absent':
      return remove(undo);
    case 'kept':
      return putBack(undo, before.facts);
    case 'same':
      return resetMode(undo, before.mode);
    case 'not_kept':
      return failed('nothing_to_undo', `${undo.path} was not kept: ${before.why}`);
    default:
      return assertNever(before);
  }
};

const judge = async (run: JobRun, record: FilesRecord, content: string): Promise<ActionOutcome> => {
  const decision = await allowedPath(run.machine.platform, run.policy.allow_roots, record.path);
  if (!decision.allowed) return failed('path_refused', decision.message);
  if (decision.path !== record.path)
    return failed('path_refused', `${record.path} leads to ${decision.path} now; it is left alone`);
  const existing = await lstat(record.path).catch(() => null);
  if (existing !== null && !existing.isFile())
    return failed('path_refused', `${record.path} is not an ordinary file any more; it is left alone`);
  return undoIt({ run, path: record.path, existing, content, sha256: record.sha256 }, record.before);
};

export const undoFiles = async (run: JobRun, record: FilesRecord, content: string): Promise<ActionOutcome> => {
  run.progress('running', null, null);
  try {
    return await judge(run, record, content);
  } catch (error) {
    if (run.signal.aborted) return aborted(run);
    const code = errorCode(error);
    if (isDiskFull(code)) return failed('disk_full', `the disk of ${record.path} is full`);
    if (code === null) throw error;
    return failed('path_refused', `${record.path} cannot be put back (${code})`);
  }
};
