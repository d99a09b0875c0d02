/** A Debian package in a file: by apt, which brings what it depends on, or by dpkg alone where apt is missing. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { runTool, succeeded } from '../process/tool.ts';
import { findProgram } from '../programs.ts';
import { type Adapter, downloadPackage, type PackageJob } from './adapter.ts';
import { aptObstacle, removeArguments, removePackage } from './apt.ts';
import { installFileVector } from './apt-commands.ts';
import { runApt, updateLists, withRebootNotice } from './apt-run.ts';
import { type Changed, lockSeconds } from './change-system.ts';
import { debianNameProblem, dpkgVersions, installedVersions } from './dpkg.ts';
import { versionMatches } from './versions.ts';

export type DebFields = { name: string; version: string; architecture: string };

export const fieldsVector = (path: string): Vector => [
  'dpkg-deb',
  '--field',
  path,
  'Package',
  'Version',
  'Architecture',
];
export const dpkgInstallVector = (path: string): Vector => [
  'dpkg',
  '--force-confdef',
  '--force-confold',
  '--install',
  path,
];

export const parseFields = (text: string): DebFields | null => {
  const field = (name: string) => new RegExp(`^${name}: *(\\S+)$`, 'm').exec(text)?.[1];
  const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')];
  if (name === undefined || version === undefined || architecture === undefined) return null;
  return debianNameProblem(name) === null ? { name, version, architecture } : null;
};

type Package = DebFields & { path: string };
type Opened = { ok: true; package: Package } | { ok: false; outcome: ActionOutcome };

const openPackage = async (run: JobRun, action: PackageJob): Promise<Opened> => {
  const download = await downloadPackage(run, action);
  if (!download.ok) return download;
  // apt takes a file for a package by its ending.
  const path = join(run.workDirectory, 'package.deb');
  await rename(download.path, path);
  const result = await runTool(run, fieldsVector(path), { visible: false });
  if (run.signal.aborted) return { ok: false, outcome: aborted(run) };
  if (result.exit.type === 'not_started') return { ok: false, outcome: failed('unsupported', result.exit.message) };
  const fields = succeeded(result) ? parseFields(result.stdout) : null;
  if (fields !== null) return { ok: true, package: { ...fields, path } };
  return { ok: false, outcome: failed('install_failed', 'the file is not a Debian package', { details: result.tail }) };
};

const missesDependencies = (outcome: ActionOutcome): boolean =>
  /unmet dependencies|not installable|Unable to locate package|Failed to fetch|404 +Not Found/.test(
    outcome.details ?? '',
  );

const installByApt = async (run: JobRun, path: string, args: readonly string[]): Promise<Changed> => {
  const vector = installFileVector(path, args, lockSeconds(run.timeoutSeconds));
  const first = await runApt(run, vector);
  if (first.ok || run.signal.aborted || !missesDependencies(first.outcome)) return first;
  const updated = await updateLists(run);
  return updated.ok ? runApt(run, vector) : updated;
};

const installNow = (run: JobRun, path: string, args: readonly string[]): Promise<Changed> => {
  run.progress('installing', null, null);
  const hasApt = findProgram(run.machine.platform, 'apt-get', run.env) !== null;
  return hasApt ? installByApt(run, path, args) : runApt(run, dpkgInstallVector(path));
};

const verify = async (run: JobRun, { name, version }: Package): Promise<ActionOutcome> => {
  run.progress('verifying', null, null);
  if (!(await installedVersions(run, name)).includes(version))
    return failed('install_failed', `the installation ended well, but ${name} ${version} is not installed`);
  return completed(`installed ${name} ${version}`, { exitCode: 0 });
};

const installPackage = async (run: JobRun, action: PackageJob, file: Package): Promise<ActionOutcome> => {
  if (!versionMatches(action.version, file.version))
    return failed('install_failed', `the file holds ${file.name} ${file.version}, not version ${action.version}`);
  const again = action.install_args.includes('--reinstall');
  if (!again && (await installedVersions(run, file.name)).includes(file.version))
    return completed(`${file.name} ${file.version} is installed already`, { reason: 'already_installed' });
  return withRebootNotice(
    run,
    () => installNow(run, file.path, action.install_args),
    () => verify(run, file),
  );
};

/** The name in a job is what people call it; the one that counts is in the file. */
const anyName = 'dpkg';

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const obstacle = aptObstacle(run, anyName, action.install_args);
  if (obstacle !== null) return obstacle;
  const opened = await openPackage(run, action);
  return opened.ok ? installPackage(run, action, opened.package) : opened.outcome;
};

const uninstall = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const obstacle = aptObstacle(run, anyName, action.install_args);
  if (obstacle !== null) return obstacle;
  const args = removeArguments(action.install_args);
  const known = debianNameProblem(action.name) === null && (await installedVersions(run, action.name)).length > 0;
  if (known) return removePackage(run, action.name, args);
  if (action.source.type === 'repository')
    return failed('unsupported', `no Debian package ${action.name} is installed here`);
  const opened = await openPackage(run, action);
  return opened.ok ? removePackage(run, opened.package.name, args) : opened.outcome;
};

export const deb: Adapter = {
  host: { platforms: ['linux'], programs: ['dpkg', 'dpkg-deb', 'dpkg-query'] },
  install,
  uninstall,
  ...dpkgVersions,
  pinProblem: () => null,
  readPackage: async (run, path) => {
    const result = await runTool(run, fieldsVector(path), { visible: false });
    return succeeded(result) ? parseFields(result.stdout) : null;
  },
};
