/** The action `software`: one package, installed or removed by the adapter of its type. */
import { readFile } from 'node:fs/promises';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { MAX_MESSAGE_CHARACTERS } from '#protocol/limits.ts';
import { PackageName, type PackageType, PackageVersion } from '#protocol/software.ts';
import type { ActionOutcome } from '../action.ts';
import { runShell } from '../command.ts';
import type { JobRun } from '../job-run.ts';
import { failed } from '../outcomes.ts';
import type { PackageJob } from './adapter.ts';
import { adapters } from './adapters.ts';
import { type Choice, chooseType } from './choose-type.ts';
import { finderOf, missingFor } from './package-host.ts';

/** Checked here as well: what these strings become part of runs as root. */
const textProblem = (action: SoftwareJob): string | null => {
  if (!PackageName.safeParse(action.name).success)
    return `the package name ${JSON.stringify(action.name)} is not valid`;
  if (action.version !== null && !PackageVersion.safeParse(action.version).success)
    return `the version ${JSON.stringify(action.version)} is not valid`;
  return action.install_args.some((arg) => arg.includes('\0')) ? 'an argument contains NUL' : null;
};

const uninstallByCommand = (run: JobRun, command: string): Promise<ActionOutcome> => {
  run.progress('installing', null, null);
  const shell = run.machine.platform === 'windows' ? 'cmd' : 'sh';
  return runShell(run, { command, shell, working_directory: null });
};

const choose = async (run: JobRun, action: SoftwareJob): Promise<Choice> => {
  const osRelease = await readFile(run.machine.osReleaseFile, 'utf8').catch(() => '');
  return chooseType(action, run.machine.platform, osRelease, finderOf(run));
};

export type Settled = { ok: true; job: PackageJob } | { ok: false; outcome: ActionOutcome };

/** The job with the type that this host takes it for, if it can carry that out; also for what takes a job back. */
export const settlePackage = async (run: JobRun, action: SoftwareJob): Promise<Settled> => {
  const problem = textProblem(action);
  if (problem !== null) return { ok: false, outcome: failed('unsupported', problem) };
  const choice = await choose(run, action);
  if (!choice.ok) return { ok: false, outcome: failed('unsupported', choice.message) };
  const missing = missingFor(adapters[choice.type].host, run.machine.platform, finderOf(run));
  if (missing !== null) return { ok: false, outcome: failed('unsupported', `${choice.type} packages ${missing}`) };
  return { ok: true, job: { ...action, package_type: choice.type } };
};

const perform = async (run: JobRun, job: PackageJob): Promise<ActionOutcome> => {
  const adapter = adapters[job.package_type];
  return job.operation === 'install' ? adapter.install(run, job) : adapter.uninstall(run, job);
};

const withType = (message: string, type: PackageType): string => {
  const longer = `${message} (package type ${type}, chosen by this machine)`;
  return longer.length > MAX_MESSAGE_CHARACTERS ? message : longer;
};

export const runSoftware = async (run: JobRun, action: SoftwareJob): Promise<ActionOutcome> => {
  // Whoever wrote a command to remove the package knows better than the package manager.
  if (action.operation === 'uninstall' && action.uninstall_command !== null)
    return uninstallByCommand(run, action.uninstall_command);
  const settled = await settlePackage(run, action);
  if (!settled.ok) return settled.outcome;
  const { package_type } = settled.job;
  if (action.package_type === null) run.output('system', `taken as a package of type ${package_type}\n`);
  const outcome = await perform(run, settled.job);
  return action.package_type === null ? { ...outcome, message: withType(outcome.message, package_type) } : outcome;
};
