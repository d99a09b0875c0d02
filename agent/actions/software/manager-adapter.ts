/**
 * Packages by name, by a package manager that is described as data and small functions. Asks what is installed, acts
 * only when that is not what is wanted, and afterwards looks whether it came out.
 */
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { runTool, succeeded, type ToolOptions } from '../process/tool.ts';
import { type Adapter, needsRoot, type PackageJob } from './adapter.ts';
import { type Changed, type ChangeOptions, changeSystem, type Judge } from './change-system.ts';
import { type KnownOptions, refusedOption } from './known-options.ts';
import { finderOf, type PackageHost } from './package-host.ts';
import { type RebootHint, restartWanted, withRebootHint } from './reboot-hint.ts';
import { versionMatches } from './versions.ts';

export type Wanted = { name: string; version: string | null };

export type PackageManager = {
  /** Its program, by which it is also called in messages. */
  program: string;
  host: PackageHost;
  rootOnly: boolean;
  options: KnownOptions;
  /** Arguments that ask for work although the package is there. */
  again?: ReadonlySet<string>;
  /** Of the arguments, which were given for installing, those that mean something when removing. */
  removeOptions?: ReadonlySet<string>;
  nameProblem?: (name: string) => string | null;
  pinProblem?: (version: string) => string | null;
  /** For managers that take no pattern: the versions that there are, the newest first, of which one is chosen. */
  available?: { argv: (name: string) => Vector; parse: (text: string, name: string) => string[] };
  /** Where a version is part of the name. */
  settle?: (wanted: Wanted) => Wanted;
  /** `present`: the version that is installed now. */
  install: (wanted: Wanted, args: readonly string[], present: string | null) => Vector;
  /** For managers that take back to an older version by another command. */
  downgrade?: (wanted: Wanted, args: readonly string[]) => Vector;
  remove: (name: string, args: readonly string[]) => Vector;
  judge: Judge;
  /** Where an exit code means something else when removing. */
  judgeRemoval?: Judge;
  /** Versions that are installed, from the answer to the first `query` that ends well. */
  query: (name: string) => readonly Vector[];
  parseInstalled: (text: string, name: string) => string[];
  matches?: (wanted: string | null, installed: string) => boolean;
  /** Lists that are too old do not hold what is wanted. */
  refresh?: { when: RegExp; argv: Vector };
  /** False where a package may be there without showing in the list. */
  listsAll?: boolean;
  /** Says by its exit code whether the system wants a restart; only asked where it is there. */
  rebootHint?: RebootHint;
  waits?: RegExp;
  env?: Readonly<Record<string, string>>;
  /** As whom it runs; may refuse. */
  runner?: (
    run: JobRun,
  ) => Promise<{ ok: true; options: Partial<ToolOptions> } | { ok: false; outcome: ActionOutcome }>;
};

type Session = { run: JobRun; manager: PackageManager; args: readonly string[]; options: Partial<ToolOptions> };

const located = (run: JobRun, manager: PackageManager, [program, ...rest]: Vector): Vector =>
  program === manager.program ? [finderOf(run)(program, manager.host.alsoIn) ?? program, ...rest] : [program, ...rest];

const toolOptions = ({ manager, options }: Pick<Session, 'manager' | 'options'>): Omit<ToolOptions, 'visible'> => ({
  ...options,
  env: { ...manager.env, ...options.env },
});

const change = (session: Session, argv: Vector, judge = session.manager.judge): Promise<Changed> => {
  const { run, manager } = session;
  const more: ChangeOptions = manager.waits === undefined ? {} : { waits: manager.waits };
  return changeSystem(run, located(run, manager, argv), judge, { ...toolOptions(session), ...more });
};

const installedVersions = async (session: Omit<Session, 'args'>, name: string): Promise<string[]> => {
  const { run, manager } = session;
  for (const argv of manager.query(name)) {
    const result = await runTool(run, located(run, manager, argv), { ...toolOptions(session), visible: false });
    if (succeeded(result)) return manager.parseInstalled(result.stdout, name);
  }
  return [];
};

const matching = ({ manager }: Session, wanted: string | null, versions: readonly string[]): string | undefined =>
  versions.find((each) => (manager.matches ?? versionMatches)(wanted, each));

const wants = ({ name, version }: Wanted): string => (version === null ? name : `${name} ${version}`);

const verify = async (session: Session, wanted: Wanted): Promise<ActionOutcome> => {
  const { run, manager } = session;
  run.progress('verifying', null, null);
  const versions = await installedVersions(session, wanted.name);
  const version = matching(session, wanted.version, versions);
  if (version !== undefined) return completed(`installed ${wanted.name} ${version}`, { exitCode: 0 });
  if (versions.length === 0 && manager.listsAll === false)
    return completed(`installed ${wants(wanted)}`, { exitCode: 0 });
  const instead = versions[0] === undefined ? 'is not installed' : `is not installed, but version ${versions[0]}`;
  return failed('install_failed', `${manager.program} ended well, but ${wants(wanted)} ${instead}`);
};

/** The manager says that something is there already; that may be another version than the wanted one. */
const already = async (session: Session, wanted: Wanted, exitCode: number): Promise<ActionOutcome> => {
  const versions = await installedVersions(session, wanted.name);
  if (versions[0] !== undefined && matching(session, wanted.version, versions) === undefined)
    return failed(
      'install_failed',
      `${wanted.name} ${versions[0]} is installed, and it is not replaced by version ${wanted.version}`,
      { exitCode },
    );
  return completed(`${wants(wanted)} is installed already`, { reason: 'already_installed', exitCode });
};

const changeAndRefresh = async (session: Session, argv: Vector): Promise<Changed> => {
  const first = await change(session, argv);
  const { refresh } = session.manager;
  if (first.ok || refresh === undefined || session.run.signal.aborted) return first;
  if (!refresh.when.test(first.outcome.details ?? '')) return first;
  session.run.progress('installing', null, 'updating package lists');
  const refreshed = await change(session, refresh.argv);
  return refreshed.ok ? change(session, argv) : refreshed;
};

type Resolved = { ok: true; wanted: Wanted } | { ok: false; outcome: ActionOutcome };

/** A pattern becomes the newest version that fits, where the manager itself takes none. */
const resolve = async (session: Session, wanted: Wanted): Promise<Resolved> => {
  const { run, manager } = session;
  if (manager.available === undefined || !wanted.version?.includes('*')) return { ok: true, wanted };
  const argv = located(run, manager, manager.available.argv(wanted.name));
  const { stdout } = await runTool(run, argv, { ...toolOptions(session), visible: false });
  const version = matching(session, wanted.version, manager.available.parse(stdout, wanted.name));
  if (version !== undefined) return { ok: true, wanted: { ...wanted, version } };
  if (run.signal.aborted) return { ok: false, outcome: aborted(run) };
  return { ok: false, outcome: failed('install_failed', `no repository of this machine has ${wants(wanted)}`) };
};

const installNow = async (session: Session, asked: Wanted, present: string | null): Promise<ActionOutcome> => {
  const { manager, args } = session;
  const resolved = await resolve(session, asked);
  if (!resolved.ok) return resolved.outcome;
  const { wanted } = resolved;
  const changed = await changeAndRefresh(session, manager.install(wanted, args, present));
  if (!changed.ok) return changed.outcome;
  if (changed.verdict === 'already_installed') return already(session, wanted, changed.exitCode);
  if (changed.verdict === 'reboot_required')
    return restartWanted(completed(`installed ${wants(wanted)}`), changed.exitCode);
  const outcome = await verify(session, wanted);
  if (outcome.outcome === 'completed' || present === null || manager.downgrade === undefined) return outcome;
  const downgraded = await change(session, manager.downgrade(wanted, args));
  return downgraded.ok ? verify(session, wanted) : downgraded.outcome;
};

const obstacleTo = (run: JobRun, manager: PackageManager, action: PackageJob): ActionOutcome | null => {
  const name = manager.nameProblem?.(action.name) ?? null;
  if (name !== null) return failed('unsupported', name);
  const argument = refusedOption(manager.options, action.install_args);
  if (argument !== null) return failed('unsupported', `${manager.program} is not given the argument ${argument}`);
  return manager.rootOnly ? needsRoot(run, `installing and removing packages by ${manager.program}`) : null;
};

const begin = async (
  run: JobRun,
  manager: PackageManager,
  action: PackageJob,
): Promise<{ ok: true; session: Session } | { ok: false; outcome: ActionOutcome }> => {
  run.progress('installing', null, null);
  const obstacle = obstacleTo(run, manager, action);
  if (obstacle !== null) return { ok: false, outcome: obstacle };
  const runner = (await manager.runner?.(run)) ?? { ok: true, options: {} };
  if (!runner.ok) return runner;
  return { ok: true, session: { run, manager, args: action.install_args, options: runner.options } };
};

const settled = (manager: PackageManager, { name, version }: Wanted): Wanted =>
  manager.settle?.({ name, version }) ?? { name, version };

const install = async (run: JobRun, manager: PackageManager, action: PackageJob): Promise<ActionOutcome> => {
  const problem = action.version === null ? null : (manager.pinProblem?.(action.version) ?? null);
  if (problem !== null) return failed('unsupported', problem);
  const begun = await begin(run, manager, action);
  if (!begun.ok) return begun.outcome;
  const { session } = begun;
  const wanted = settled(manager, action);
  const versions = await installedVersions(session, wanted.name);
  const present = matching(session, wanted.version, versions);
  if (present !== undefined && !action.install_args.some((arg) => manager.again?.has(arg)))
    return completed(`${wanted.name} ${present} is installed already`, { reason: 'already_installed' });
  return withRebootHint(run, manager.rebootHint, () => installNow(session, wanted, versions[0] ?? null));
};

const uninstall = async (run: JobRun, manager: PackageManager, action: PackageJob): Promise<ActionOutcome> => {
  const begun = await begin(run, manager, action);
  if (!begun.ok) return begun.outcome;
  const { session } = begun;
  const { name } = settled(manager, action);
  if (manager.listsAll !== false && (await installedVersions(session, name)).length === 0)
    return completed(`${name} is not installed`);
  const args = action.install_args.filter((arg) => manager.removeOptions?.has(arg));
  return withRebootHint(run, manager.rebootHint, async () => {
    const changed = await change(session, manager.remove(name, args), manager.judgeRemoval);
    if (!changed.ok) return changed.outcome;
    if (changed.verdict === 'not_installed') return completed(`${name} is not installed`);
    const removed = completed(`removed ${name}`, { exitCode: changed.exitCode });
    return changed.verdict === 'reboot_required' ? restartWanted(removed, changed.exitCode) : removed;
  });
};

export const managerAdapter = (manager: PackageManager): Adapter => ({
  host: manager.host,
  install: (run, action) => install(run, manager, action),
  uninstall: (run, action) => uninstall(run, manager, action),
  tracksVersions: true,
  installedVersion: async (run, name) => {
    const runner = (await manager.runner?.(run)) ?? { ok: true, options: {} };
    if (!runner.ok) return null;
    return (await installedVersions({ run, manager, options: runner.options }, name))[0] ?? null;
  },
  pinProblem: (version) => manager.pinProblem?.(version) ?? null,
  readPackage: async () => null,
});
