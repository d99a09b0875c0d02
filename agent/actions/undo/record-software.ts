/**
 * UNDO3: notes which version of a package a device had before a job changes it. The first attempt of a target decides.
 * Afterwards it notes what the package file was, so that a later job can be taken back to it.
 */
import { stat } from 'node:fs/promises';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import type { ResultReason } from '#protocol/agent/to-server.ts';
import type { ActionOutcome } from '../action.ts';
import type { Arrived } from '../arrived.ts';
import { noteAbout } from '../download/about-package.ts';
import { keptPath } from '../download/kept-packages.ts';
import type { JobRun } from '../job-run.ts';
import type { Adapter, PackageJob } from '../software/adapter.ts';
import { adapters } from '../software/adapters.ts';
import { runSoftware, settlePackage } from '../software/software.ts';
import { readRecord, removeRecord, type SoftwareRecord, writeRecord } from './undo-record.ts';

/** What has come to light while the job was at work. */
type Notes = { record: SoftwareRecord | null; arrived: Arrived | null; name: string };

type Session = { run: JobRun; job: PackageJob; adapter: Adapter; notes: Notes };

const versionBefore = async ({ run, adapter }: Session, name: string): Promise<SoftwareRecord['before']> => {
  if (!adapter.tracksVersions) return { type: 'unknown' };
  const version = await adapter.installedVersion(run, name);
  return version === null ? { type: 'not_installed' } : { type: 'version', version };
};

const write = (run: JobRun, record: SoftwareRecord): Promise<void> =>
  writeRecord(run.backupDirectory, run.job.target_id, record);

const newRecord = (record: Pick<SoftwareRecord, 'package_type' | 'name' | 'before'>): SoftwareRecord => ({
  kind: 'software',
  at: Date.now(),
  ...record,
  unchanged: false,
  undone: false,
});

const note = async (session: Session, name: string): Promise<void> => {
  const before = await versionBefore(session, name);
  const record = newRecord({ package_type: session.job.package_type, name, before });
  await write(session.run, record);
  session.notes.record = record;
};

/** Of an attempt that found nothing to do there is nothing to be lost. */
const isFirst = async (run: JobRun): Promise<boolean> => {
  const known = await readRecord(run.backupDirectory, run.job.target_id);
  return known === null || (known.kind === 'software' && known.unchanged);
};

/** The name in a job is what people call a package; the one in its file is what the package manager knows. */
const onArrival = async (session: Session, arrived: Arrived): Promise<void> => {
  const { run, job, adapter, notes } = session;
  notes.arrived = arrived;
  const identity = await adapter.readPackage(run, arrived.path);
  if (identity === null || identity.name === notes.name) return;
  notes.name = identity.name;
  if (notes.record?.before.type === 'not_installed') await note({ ...session, job }, identity.name);
};

const rememberPackage = async ({ run, job, adapter, notes }: Session): Promise<void> => {
  const { arrived, name } = notes;
  if (arrived === null || !adapter.tracksVersions || job.operation !== 'install') return;
  const version = await adapter.installedVersion(run, name);
  const kept = await stat(keptPath(run.cacheDirectory, arrived.sha256)).catch(() => null);
  if (version === null || kept === null) return;
  const { package_type, source, install_args } = job;
  await noteAbout(run.cacheDirectory, { package_type, name, version, source, sha256: arrived.sha256, install_args });
};

/** These come up before anything is changed. */
const changesNothing: ReadonlySet<ResultReason> = new Set([
  'unsupported',
  'policy_refused',
  'invalid_url',
  'download_failed',
  'checksum_mismatch',
  'path_refused',
  'file_exists',
]);

const finish = async (session: Session, outcome: ActionOutcome): Promise<void> => {
  const { run, notes } = session;
  const { record } = notes;
  if (record !== null && changesNothing.has(outcome.reason)) {
    await removeRecord(run.backupDirectory, run.job.target_id);
    return;
  }
  if (outcome.outcome !== 'completed') return;
  if (outcome.reason === 'already_installed' && record !== null) await write(run, { ...record, unchanged: true });
  await rememberPackage(session);
};

/** Homebrew has a version in the name, which makes it another package. */
const listedName = ({ package_type, name, version }: PackageJob): string =>
  package_type === 'brew' && version !== null ? `${name}@${version}` : name;

/** Where a command of the package does the work, the machine may know nothing of it. */
const unsettled = async (run: JobRun, action: SoftwareJob): Promise<ActionOutcome> => {
  if (action.operation === 'uninstall' && action.uninstall_command !== null && (await isFirst(run)))
    await write(run, newRecord({ package_type: null, name: action.name, before: { type: 'unknown' } }));
  return runSoftware(run, action);
};

export const runSoftwareRecorded = async (run: JobRun, action: SoftwareJob): Promise<ActionOutcome> => {
  const settled = await settlePackage(run, action);
  if (!settled.ok) return unsettled(run, action);
  const { job } = settled;
  const notes: Notes = { record: null, arrived: null, name: listedName(job) };
  const session: Session = { run, job, adapter: adapters[job.package_type], notes };
  if (await isFirst(run)) await note(session, notes.name);
  const outcome = await runSoftware({ ...run, arrived: (download) => onArrival(session, download) }, action);
  await finish(session, outcome);
  return outcome;
};
