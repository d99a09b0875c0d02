/** Packages by name from the machine's own repositories, by apt. */
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import { runTool } from '../process/tool.ts';
import { type Adapter, needsRoot, type PackageJob } from './adapter.ts';
import { installVector, isAvailable, policyVector, refusedArgument, removeVector } from './apt-commands.ts';
import { runApt, updateLists, withRebootNotice } from './apt-run.ts';
import { type Changed, lockSeconds } from './change-system.ts';
import { debianNameProblem, dpkgVersions, installedVersions } from './dpkg.ts';
import { versionMatches } from './versions.ts';

/** What stands against working on this package; null when nothing does. */
export const aptObstacle = (run: JobRun, name: string, args: readonly string[]): ActionOutcome | null => {
  const problem = debianNameProblem(name);
  if (problem !== null) return failed('unsupported', problem);
  const argument = refusedArgument(args);
  if (argument !== null) return failed('unsupported', `apt is not given the argument ${argument}`);
  return needsRoot(run, 'installing and removing Debian packages');
};

const wish = (action: PackageJob): string =>
  action.version === null ? action.name : `${action.name} ${action.version}`;

const available = async (run: JobRun, action: PackageJob): Promise<boolean> =>
  isAvailable((await runTool(run, policyVector(action.name), { visible: false })).stdout, action.version);

const NOTHING_CHANGED: Changed = { ok: true, verdict: 'done', exitCode: 0 };

/** The lists are brought up to date only when they do not hold what is wanted: that takes many seconds. */
const ensureAvailable = async (run: JobRun, action: PackageJob): Promise<Changed> => {
  if (await available(run, action)) return NOTHING_CHANGED;
  const updated = await updateLists(run);
  if (!updated.ok) return updated;
  if (await available(run, action)) return NOTHING_CHANGED;
  if (run.signal.aborted) return { ok: false, outcome: aborted(run) };
  return { ok: false, outcome: failed('install_failed', `no repository of this machine has ${wish(action)}`) };
};

/** Lists that are too old name files that are gone. */
const staleLists = (outcome: ActionOutcome): boolean => /Failed to fetch|404 +Not Found/.test(outcome.details ?? '');

const installNow = async (run: JobRun, action: PackageJob): Promise<Changed> => {
  const ready = await ensureAvailable(run, action);
  if (!ready.ok) return ready;
  const vector = installVector(action, action.install_args, lockSeconds(run.timeoutSeconds));
  run.progress('installing', null, null);
  const first = await runApt(run, vector);
  if (first.ok || run.signal.aborted || !staleLists(first.outcome)) return first;
  const updated = await updateLists(run);
  return updated.ok ? runApt(run, vector) : updated;
};

/** apt can end well without having done what was asked, for example with `--only-upgrade`. */
const verify = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  run.progress('verifying', null, null);
  const versions = await installedVersions(run, action.name);
  const version = versions.find((each) => versionMatches(action.version, each));
  if (version === undefined) return failed('install_failed', `apt ended well, but ${wish(action)} is not installed`);
  return completed(`installed ${action.name} ${version}`, { exitCode: 0 });
};

const changesInstalled: ReadonlySet<string> = new Set(['--reinstall', '--only-upgrade']);

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  run.progress('installing', null, null);
  const obstacle = aptObstacle(run, action.name, action.install_args);
  if (obstacle !== null) return obstacle;
  const present = (await installedVersions(run, action.name)).find((each) => versionMatches(action.version, each));
  if (present !== undefined && !action.install_args.some((arg) => changesInstalled.has(arg)))
    return completed(`${action.name} ${present} is installed already`, { reason: 'already_installed' });
  return withRebootNotice(
    run,
    () => installNow(run, action),
    () => verify(run, action),
  );
};

/** Removes a package by name; also for packages that came from a file. */
export const removePackage = async (run: JobRun, name: string, args: readonly string[]): Promise<ActionOutcome> => {
  run.progress('installing', null, null);
  if ((await installedVersions(run, name)).length === 0) return completed(`${name} is not installed`);
  const removed = async () => completed(`removed ${name}`, { exitCode: 0 });
  return withRebootNotice(run, () => runApt(run, removeVector(name, args, lockSeconds(run.timeoutSeconds))), removed);
};

const removeOptions: ReadonlySet<string> = new Set(['--purge', '--autoremove', '--auto-remove']);

/** Of the arguments, which were given for installing, those that mean something here. */
export const removeArguments = (args: readonly string[]): string[] => args.filter((arg) => removeOptions.has(arg));

const uninstall = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const obstacle = aptObstacle(run, action.name, action.install_args);
  return obstacle ?? removePackage(run, action.name, removeArguments(action.install_args));
};

export const apt: Adapter = {
  host: { platforms: ['linux'], programs: ['apt-get', 'apt-cache', 'dpkg-query'] },
  install,
  uninstall,
  ...dpkgVersions,
  pinProblem: () => null,
  readPackage: async () => null,
};
