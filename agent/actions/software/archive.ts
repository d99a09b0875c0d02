/** An archive that is unpacked into a folder of its own, `/opt/<name>` unless its arguments say otherwise. */
import { chmod, chown, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { allowedPath } from '../../policy/allowed-path.ts';
import { errorCode } from '../../policy/error-code.ts';
import type { ActionOutcome } from '../action.ts';
import { isDiskFull, spaceProblem } from '../download/disk-space.ts';
import { exclusive } from '../exclusive.ts';
import { makeDirectories, openDirectory } from '../files/open-directory.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import { describeExit, exitCodeOf, MAX_KEPT_CHARACTERS, runTool, succeeded } from '../process/tool.ts';
import { findProgram } from '../programs.ts';
import { type Adapter, downloadPackage, type PackageJob, untracked } from './adapter.ts';
import { parseArchiveArguments } from './archive-arguments.ts';
import {
  type ArchiveFormat,
  archiveProblem,
  type Entry,
  formatOf,
  isTar,
  listVector,
  MAGIC_BYTES,
  parseTarListing,
  parseZipListing,
  programsFor,
  unpackedBytes,
  unpackVector,
} from './archive-entries.ts';
import {
  findEscapingLink,
  folderState,
  MARK,
  type Mark,
  newFolder,
  recoverFolder,
  takePlace,
} from './archive-folder.ts';
import { FolderError, folderTools } from './folder-tools.ts';

type Archive = { path: string; format: ArchiveFormat; target: string; strip: number; sha256: string };

const readFormat = async (path: string): Promise<ArchiveFormat | null> => {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return formatOf(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
};

const missingProgram = (run: JobRun, format: ArchiveFormat): string | null =>
  programsFor(format).find((name) => findProgram(run.machine.platform, name, run.env) === null) ?? null;

type Listed = { ok: true; entries: Entry[] } | { ok: false; outcome: ActionOutcome };

const listEntries = async (run: JobRun, archive: Archive): Promise<Listed> => {
  const result = await runTool(run, listVector(archive.format, archive.path), { visible: false });
  if (run.signal.aborted) return { ok: false, outcome: aborted(run) };
  // Entries that nobody has looked at are not unpacked.
  if (result.stdout.length >= MAX_KEPT_CHARACTERS)
    return { ok: false, outcome: failed('install_failed', `the ${archive.format} archive has too many entries`) };
  const parse = isTar(archive.format) ? parseTarListing : parseZipListing;
  const entries = succeeded(result) ? parse(result.stdout) : null;
  if (entries !== null) return { ok: true, entries };
  const extra = { exitCode: exitCodeOf(result), details: result.tail };
  return { ok: false, outcome: failed('install_failed', `the ${archive.format} archive cannot be read`, extra) };
};

/** Reads the listing, and refuses what would not stay inside or does not fit. */
const inspect = async (run: JobRun, archive: Archive): Promise<ActionOutcome | null> => {
  const listed = await listEntries(run, archive);
  if (!listed.ok) return listed.outcome;
  const problem = archiveProblem(listed.entries);
  if (problem !== null) return failed('path_refused', `the archive is not unpacked: ${problem}`);
  const full = await spaceProblem(run.machine, dirname(archive.target), unpackedBytes(listed.entries));
  return full === null ? null : failed('disk_full', full);
};

/** Programs may run as another user, who has to reach the archive and the mark in the job's folder. */
const handOver = async (run: JobRun, archive: Archive, mark: Mark): Promise<void> => {
  await writeFile(join(run.workDirectory, MARK), `${JSON.stringify(mark)}\n`, { mode: 0o644 });
  if (run.user === null) return;
  await chmod(archive.path, 0o644);
  await chown(run.workDirectory, run.user.uid, run.user.gid);
};

const unpack = async (run: JobRun, archive: Archive): Promise<ActionOutcome | null> => {
  const folder = newFolder(archive.target);
  // Named from the job's folder: the user it runs as may not be able to enter the folders above.
  const vector = unpackVector(archive.format, './download', folder, archive.strip);
  const result = await runTool(run, vector, { visible: true, asUser: true });
  if (run.signal.aborted) return aborted(run, { details: result.tail });
  if (!succeeded(result))
    return failed('install_failed', describeExit(vector[0], result.exit), {
      exitCode: exitCodeOf(result),
      details: result.tail,
    });
  const link = await findEscapingLink(folder);
  return link === null ? null : failed('path_refused', `the archive is not unpacked: the link "${link}" leads out`);
};

const replace = async (run: JobRun, action: PackageJob, archive: Archive): Promise<ActionOutcome> => {
  const tools = folderTools(run);
  const folder = newFolder(archive.target);
  await handOver(run, archive, { name: action.name, version: action.version, sha256: archive.sha256 });
  await tools.make(folder);
  const failure = await unpack(run, archive);
  if (failure !== null) return failure;
  run.progress('verifying', null, null);
  await tools.copyIn(MARK, join(folder, MARK));
  await takePlace(archive.target, tools);
  return completed(`unpacked ${action.name} to ${archive.target}`, { exitCode: 0 });
};

const fill = async (run: JobRun, action: PackageJob, archive: Archive): Promise<ActionOutcome> => {
  const tools = folderTools(run);
  await recoverFolder(archive.target, tools);
  const state = await folderState(archive.target);
  if (state.type === 'foreign')
    return failed('file_exists', `${archive.target} exists and was not unpacked by DeployX; it is not replaced`);
  if (state.type === 'ours' && state.mark.sha256 === archive.sha256 && state.mark.name === action.name)
    return completed(`${archive.target} holds this archive already`, { reason: 'already_installed' });
  try {
    return (await inspect(run, archive)) ?? (await replace(run, action, archive));
  } finally {
    await recoverFolder(archive.target, tools);
  }
};

/** The folder above is made when missing, and checked again by opening it. */
const prepareParent = async (run: JobRun, target: string): Promise<ActionOutcome | null> => {
  const parent = dirname(target);
  const problem = await makeDirectories(parent, run.machine.platform, run.user);
  if (problem !== null) return failed('path_refused', problem);
  const opened = await openDirectory(parent, run.machine.platform, run.user);
  if (!opened.ok) return failed('path_refused', opened.message);
  await opened.directory.close();
  return null;
};

const installInto = async (run: JobRun, action: PackageJob, target: string, strip: number): Promise<ActionOutcome> => {
  const download = await downloadPackage(run, action);
  if (!download.ok) return download.outcome;
  run.progress('installing', null, null);
  const format = await readFormat(download.path);
  if (format === null) return failed('install_failed', 'the file is neither a tar nor a zip archive');
  if (strip > 0 && !isTar(format)) return failed('unsupported', '--strip-components works with tar archives only');
  const missing = missingProgram(run, format);
  if (missing !== null)
    return failed('unsupported', `a ${format} archive needs ${missing}, which this host does not have`);
  const refusal = await prepareParent(run, target);
  if (refusal !== null) return refusal;
  const archive = { path: download.path, format, target, strip, sha256: download.sha256 };
  return (await exclusive(`folder ${target}`, run.signal, () => fill(run, action, archive))) ?? aborted(run);
};

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const parsed = parseArchiveArguments(action.name, action.install_args);
  if (!parsed.ok) return failed('unsupported', parsed.message);
  const decision = await allowedPath(run.machine.platform, run.policy.allow_roots, parsed.options.target);
  if (!decision.allowed) return failed('path_refused', decision.message);
  if (dirname(decision.path) === decision.path)
    return failed('path_refused', 'an archive does not take the place of /');
  try {
    return await installInto(run, action, decision.path, parsed.options.strip);
  } catch (error) {
    const code = errorCode(error);
    if (run.signal.aborted) return aborted(run);
    if (error instanceof FolderError) return failed('path_refused', error.message);
    if (isDiskFull(code)) return failed('disk_full', `the disk of ${decision.path} is full`);
    if (code === null) throw error;
    return failed('path_refused', `${decision.path} cannot be written (${code})`);
  }
};

const uninstall = async (_run: JobRun, action: PackageJob): Promise<ActionOutcome> =>
  failed('unsupported', `${action.name} is an archive; only an uninstall_command could remove it`);

export const archive: Adapter = {
  host: { platforms: ['linux', 'macos'], programs: ['tar'] },
  install,
  uninstall,
  ...untracked,
  pinProblem: () => null,
};
