/**
 * UNDO3: takes a change of software back: by the package's own command if it has one, else to the version that the device
 * had before, else by removing what was not there. Each step is judged by the policy as the action that it is.
 */
import type { PackageSource, SoftwareJob } from '#protocol/agent/job.ts';
import { filePackageTypes, PackageName, type PackageType } from '#protocol/software.ts';
import { decideAction } from '../../policy/decide.ts';
import type { ActionOutcome } from '../action.ts';
import { runShell } from '../command.ts';
import { findKept } from '../download/about-package.ts';
import type { JobRun } from '../job-run.ts';
import { completed, failed } from '../outcomes.ts';
import { adapters } from '../software/adapters.ts';
import { runSoftware } from '../software/software.ts';
import { type SoftwareRecord, writeRecord } from './undo-record.ts';

export type SoftwareUndo =
  | { type: 'nothing'; why: string }
  | { type: 'impossible'; why: string }
  | { type: 'command'; command: string }
  | { type: 'uninstall'; job: SoftwareJob }
  | { type: 'reinstall'; job: SoftwareJob; version: string };

const impossible = (why: string): SoftwareUndo => ({ type: 'impossible', why });

/** Managers go back to an older version only when they are told that this is meant; the others are told by their adapter. */
const goBackArguments: Readonly<Partial<Record<PackageType, readonly string[]>>> = { apt: ['--allow-downgrades'] };

/** Their repositories hold one version of a package. */
const newestOnly: ReadonlySet<PackageType> = new Set(['brew']);

/** Those that a machine can list, and not remove. */
const cannotBeRemoved: ReadonlySet<PackageType> = new Set(['pkg']);

const wholeSource = (source: PackageSource, sha256: string): PackageSource =>
  source.type === 'url' ? { ...source, sha256 } : source;

type Version = { name: string; package_type: PackageType; version: string };

const reinstallFile = async (cache: string, action: SoftwareJob, wanted: Version): Promise<SoftwareUndo> => {
  const { name, package_type, version } = wanted;
  const kept = await findKept(cache, wanted);
  if (kept === null)
    return impossible(`${name} ${version}, which was here before, is not kept as a file (policy cache)`);
  const source = wholeSource(kept.source, kept.sha256);
  const job = { ...action, operation: 'install' as const, package_type, version: null, source };
  return { type: 'reinstall', job: { ...job, install_args: kept.install_args }, version };
};

const reinstall = async (cache: string, action: SoftwareJob, wanted: Version): Promise<SoftwareUndo> => {
  const { name, package_type, version } = wanted;
  if (filePackageTypes.has(package_type)) return reinstallFile(cache, action, wanted);
  if (newestOnly.has(package_type))
    return impossible(`${package_type} offers the newest version only, not ${name} ${version}`);
  const problem = adapters[package_type].pinProblem(version);
  if (problem !== null) return impossible(problem);
  const more = goBackArguments[package_type] ?? [];
  const install_args = [...action.install_args, ...more.filter((each) => !action.install_args.includes(each))];
  const job: SoftwareJob = { ...action, operation: 'install', name, package_type, version, install_args };
  return { type: 'reinstall', job, version };
};

const uninstall = (action: SoftwareJob, name: string, package_type: PackageType): SoftwareUndo => {
  if (action.uninstall_command === null && cannotBeRemoved.has(package_type))
    return impossible(`packages of type ${package_type} cannot be removed, and the package has no uninstall command`);
  // The name in the file, where a job may carry it, needs no look into the file.
  const known = PackageName.safeParse(name).success ? name : action.name;
  return { type: 'uninstall', job: { ...action, operation: 'uninstall', name: known, version: null, package_type } };
};

/** What taking this change back comes to, as far as the record and what is kept here tell. */
export const planSoftwareUndo = async (
  cache: string,
  action: SoftwareJob,
  record: SoftwareRecord,
): Promise<SoftwareUndo> => {
  const { name, package_type, before } = record;
  if (record.unchanged) return { type: 'nothing', why: `${name} was installed already` };
  if (record.undone) return { type: 'nothing', why: `the change of ${name} was taken back already` };
  if (action.rollback_command !== null) return { type: 'command', command: action.rollback_command };
  if (before.type === 'unknown' || package_type === null)
    return impossible(`what there was of ${name} before is not known${package_type ? ` (type ${package_type})` : ''}`);
  if (before.type === 'version') return reinstall(cache, action, { name, package_type, version: before.version });
  if (action.operation === 'uninstall') return { type: 'nothing', why: `${name} was not installed before either` };
  return uninstall(action, name, package_type);
};

/** The version that is here now is the one from before. */
const isAsBefore = async (run: JobRun, { package_type, name, before }: SoftwareRecord): Promise<boolean> => {
  if (package_type === null || before.type === 'unknown') return false;
  const version = await adapters[package_type].installedVersion(run, name);
  return version === (before.type === 'version' ? before.version : null);
};

const perform = async (run: JobRun, job: SoftwareJob): Promise<ActionOutcome> => {
  const decision = decideAction(run.policy, job);
  return decision.allowed ? runSoftware(run, job) : failed('policy_refused', decision.message);
};

const byCommand = async (run: JobRun, command: string, record: SoftwareRecord): Promise<ActionOutcome> => {
  const shell = run.machine.platform === 'windows' ? 'cmd' : 'sh';
  const outcome = await runShell(run, { command, shell, working_directory: null });
  const undone = run.job.undoes;
  if (outcome.outcome !== 'completed' || undone === null) return outcome;
  await writeRecord(run.backupDirectory, undone, { ...record, undone: true });
  return { ...outcome, message: `the rollback command of ${record.name} ${outcome.message}` };
};

export const undoSoftware = async (
  run: JobRun,
  action: SoftwareJob,
  record: SoftwareRecord,
): Promise<ActionOutcome> => {
  run.progress('installing', null, null);
  const plan = await planSoftwareUndo(run.cacheDirectory, action, record);
  if (plan.type === 'nothing') return completed(`nothing to take back: ${plan.why}`);
  if (plan.type === 'command') return byCommand(run, plan.command, record);
  if (await isAsBefore(run, record)) return completed(`${record.name} is as it was before`);
  if (plan.type === 'impossible') return failed('nothing_to_undo', plan.why);
  return perform(run, plan.job);
};
