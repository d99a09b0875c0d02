/** An RPM package in a file: by the host's package manager, which brings what it depends on, or by rpm alone. */
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { completed, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { runTool, succeeded } from '../process/tool.ts';
import { type Adapter, needsRoot, type PackageIdentity, type PackageJob } from './adapter.ts';
import { changeSystem, type Judge } from './change-system.ts';
import { type DnfProgram, dnfInstallFile, dnfOptions, dnfRebootHint, dnfRemove, judgeDnf } from './dnf.ts';
import { downloadAs } from './download-as.ts';
import { judgeBy } from './judge.ts';
import { type KnownOptions, refusedOption } from './known-options.ts';
import { finderOf } from './package-host.ts';
import { withRebootHint } from './reboot-hint.ts';
import { parseRpm, parseRpmVersions, rpmFileQuery, rpmNameProblem, rpmQueries } from './rpm-query.ts';
import { versionMatchesInParts } from './versions.ts';
import { judgeZypper, zypperInstallFile, zypperManager, zypperRemove } from './zypper.ts';

/** Who changes the system on this host. */
type Installer = {
  program: string;
  options: KnownOptions;
  judge: Judge;
  install: (path: string, args: readonly string[]) => Vector;
  remove: (name: string, args: readonly string[]) => Vector;
  /** Of the arguments, those that mean something when removing. */
  removeOptions: ReadonlySet<string>;
};

const byDnf = (program: DnfProgram): Installer => ({
  program,
  options: dnfOptions,
  judge: judgeDnf(program),
  install: (path, args) => dnfInstallFile(program, path, args),
  remove: (name, args) => dnfRemove(program, name, args),
  removeOptions: new Set(['--noautoremove']),
});

const byZypper: Installer = {
  program: 'zypper',
  options: zypperManager.options,
  judge: judgeZypper,
  install: zypperInstallFile,
  remove: zypperRemove,
  removeOptions: new Set(['--clean-deps', '--force-resolution']),
};

export const judgeRpm = judgeBy({
  program: 'rpm',
  locked: /can't create transaction lock/,
  errors: [/^error: *(.+)/],
});

const byRpm: Installer = {
  program: 'rpm',
  options: {
    plain: [
      '--excludedocs',
      '--force',
      // Debian's rpm does nothing without it.
      '--force-debian',
      '--nodeps',
      '--nosignature',
      '--replacefiles',
      '--replacepkgs',
    ],
  },
  judge: judgeRpm,
  install: (path, args) => ['rpm', '--upgrade', '--verbose', '--oldpackage', ...args, path],
  remove: (name, args) => ['rpm', '--erase', '--verbose', ...args, name],
  removeOptions: new Set(['--force-debian', '--nodeps']),
};

const installerOf = (run: JobRun): Installer => {
  const find = finderOf(run);
  return [byDnf('dnf'), byDnf('yum'), byZypper].find(({ program }) => find(program) !== null) ?? byRpm;
};

const obstacleTo = (run: JobRun, installer: Installer, args: readonly string[]): ActionOutcome | null => {
  const argument = refusedOption(installer.options, args);
  if (argument !== null) return failed('unsupported', `${installer.program} is not given the argument ${argument}`);
  return needsRoot(run, 'installing and removing RPM packages');
};

const installedVersions = async (run: JobRun, name: string): Promise<string[]> => {
  const [byName] = rpmQueries(name);
  if (byName === undefined || rpmNameProblem(name) !== null) return [];
  const result = await runTool(run, byName, { visible: false });
  return succeeded(result) ? parseRpmVersions(result.stdout) : [];
};

const readPackage = async (run: JobRun, path: string): Promise<PackageIdentity | null> => {
  const result = await runTool(run, rpmFileQuery(path), { visible: false });
  return succeeded(result) ? (parseRpm(result.stdout)[0] ?? null) : null;
};

type Opened = { ok: true; path: string; identity: PackageIdentity } | { ok: false; outcome: ActionOutcome };

const openPackage = async (run: JobRun, action: PackageJob): Promise<Opened> => {
  // dnf and zypper take a file for a package by its ending.
  const download = await downloadAs(run, action, 'package.rpm');
  if (!download.ok) return download;
  const identity = await readPackage(run, download.path);
  if (identity !== null) return { ok: true, path: download.path, identity };
  return { ok: false, outcome: failed('install_failed', 'the file is not an RPM package') };
};

/** rpm waits by itself; so does a dnf that does not know how to leave it. */
export const RPM_WAITS = /waiting for transaction lock|Waiting for process/i;

const change = (run: JobRun, installer: Installer, argv: Vector) =>
  changeSystem(run, argv, installer.judge, { waits: RPM_WAITS });

const verify = async (run: JobRun, { name, version }: PackageIdentity): Promise<ActionOutcome> => {
  run.progress('verifying', null, null);
  if ((await installedVersions(run, name)).includes(version))
    return completed(`installed ${name} ${version}`, { exitCode: 0 });
  return failed('install_failed', `the installation ended well, but ${name} ${version} is not installed`);
};

const again: ReadonlySet<string> = new Set(['--force', '--replacepkgs', '-f']);

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const installer = installerOf(run);
  const obstacle = obstacleTo(run, installer, action.install_args);
  if (obstacle !== null) return obstacle;
  const opened = await openPackage(run, action);
  if (!opened.ok) return opened.outcome;
  const { name, version } = opened.identity;
  if (action.version !== null && !versionMatchesInParts(action.version, version))
    return failed('install_failed', `the file holds ${name} ${version}, not version ${action.version}`);
  const present = (await installedVersions(run, name)).includes(version);
  if (present && !action.install_args.some((arg) => again.has(arg)))
    return completed(`${name} ${version} is installed already`, { reason: 'already_installed' });
  run.progress('installing', null, null);
  return withRebootHint(run, dnfRebootHint, async () => {
    const changed = await change(run, installer, installer.install(opened.path, action.install_args));
    return changed.ok ? verify(run, opened.identity) : changed.outcome;
  });
};

const remove = async (run: JobRun, installer: Installer, action: PackageJob, name: string): Promise<ActionOutcome> => {
  if ((await installedVersions(run, name)).length === 0) return completed(`${name} is not installed`);
  const args = action.install_args.filter((arg) => installer.removeOptions.has(arg));
  return withRebootHint(run, dnfRebootHint, async () => {
    const changed = await change(run, installer, installer.remove(name, args));
    return changed.ok ? completed(`removed ${name}`, { exitCode: 0 }) : changed.outcome;
  });
};

/** The name in a job is what people call it; the one that counts is in the file. */
const uninstall = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const installer = installerOf(run);
  const obstacle = obstacleTo(run, installer, action.install_args);
  if (obstacle !== null) return obstacle;
  run.progress('installing', null, null);
  if ((await installedVersions(run, action.name)).length > 0) return remove(run, installer, action, action.name);
  if (action.source.type === 'repository')
    return failed('unsupported', `no RPM package ${action.name} is installed here`);
  const opened = await openPackage(run, action);
  return opened.ok ? remove(run, installer, action, opened.identity.name) : opened.outcome;
};

export const rpm: Adapter = {
  host: { platforms: ['linux'], programs: ['rpm'] },
  install,
  uninstall,
  tracksVersions: true,
  installedVersion: async (run, name) => (await installedVersions(run, name))[0] ?? null,
  pinProblem: () => null,
  readPackage,
};
