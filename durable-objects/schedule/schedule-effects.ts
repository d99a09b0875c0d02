/** What a ScheduleObject does outside itself: starts deployments, keeps the record, tells hosts. Everything is safe to do twice. */
import { openDatabase } from '#database/database.ts';
import { findDeployment, findFired } from '#database/deployments.repository.ts';
import { resolveTargets } from '#database/groups.repository.ts';
import {
  type RecordedExecution,
  type RecordedRun,
  updateScheduleState,
  upsertExecutions,
  upsertRuns,
} from '#database/schedule-records.repository.ts';
import type { FiredBefore } from '#domain/schedule/run-commands.ts';
import type { Run, ScheduleState } from '#domain/schedule/schedule-state.ts';
import type { DeploymentId, HostId, IdSource } from '#protocol/ids.ts';
import type { ResolvedDraft } from '../deployment/draft.ts';
import { resolveSpec } from '../deployment/resolve-spec.ts';
import { startDeployment, startRecorded } from '../deployment/start-deployment.ts';
import type { Env } from '../env.ts';
import { slices } from '../slices.ts';
import { deploymentStub, hostStub } from '../stubs.ts';
import { shownState } from './schedule-answers.ts';
import type { EntryRow, Identity, StoredNotice } from './schedule-store.ts';

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

/** `started` is now or before; `withdrawn` that it has not and will not; `repeated` that another one had started for its instant. */
export type Start =
  | { type: 'started' }
  | { type: 'withdrawn' }
  | { type: 'repeated'; before: FiredBefore }
  | { type: 'refused'; reason: string };

const millisOrNull = (at: string | null): number | null => (at === null ? null : Date.parse(at));

/**
 * What a spec comes to that names nothing but devices, read a moment before it is due. Null for groups, scripts, packages and files, which
 * count as they are when it fires, and for what cannot be read now: the start will say so.
 */
export const resolveAhead = async (env: Env, { team_id, spec }: Identity): Promise<ResolvedDraft | null> => {
  const namesOnlyDevices =
    spec.action.kind === 'command' && spec.group_ids.length === 0 && spec.strategy.type !== 'blue_green';
  if (!namesOnlyDevices) return null;
  const resolved = await resolveSpec(openDatabase(env.DB), team_id, spec);
  return resolved.ok ? resolved : null;
};

/** Throws when it could not be tried. `resolved` is what was read ahead. */
export const startRun = async (
  env: Env,
  ids: IdSource,
  identity: Identity,
  { definition }: ScheduleState,
  run: Run,
  resolved: ResolvedDraft | null,
): Promise<Start> => {
  const deps = { db: openDatabase(env.DB), ids, deployment: (id: DeploymentId) => deploymentStub(env, id) };
  const { team_id, schedule_id, spec, name, if_reserved, created_by } = identity;
  const input = {
    team_id,
    created_by,
    now: new Date(ids.now()),
    spec: { ...spec, name },
    alongside: () => [],
    resolved,
    firing: {
      schedule_id,
      scheduled_at: iso(run.scheduledAt),
      kind: run.kind,
      overlap: definition.overlap,
      if_reserved,
      counted: run.counted,
      count: definition.count,
      max_executions: definition.max_executions,
    },
  };
  // The id is the run's own: if the record has it, an earlier try got that far, whatever stands against it now.
  const startedBefore = async (): Promise<boolean> => {
    if ((await findDeployment(deps.db, team_id, run.deploymentId)) === null) return false;
    await startRecorded(deps, team_id, run.deploymentId);
    return true;
  };
  if (run.withdrawn !== null) return { type: (await startedBefore()) ? 'started' : 'withdrawn' };
  try {
    const started = await startDeployment(deps, input, run.deploymentId);
    if (started.ok || (await startedBefore())) return { type: 'started' };
    return { type: 'refused', reason: started.issues.map(({ path, message }) => `${path}: ${message}`).join('; ') };
  } catch (error) {
    if (await startedBefore()) return { type: 'started' };
    // The record takes an instant once.
    const fired = await findFired(deps.db, team_id, schedule_id, input.firing.scheduled_at);
    if (fired === null) throw error;
    const { id, status, started_at, ended_at } = fired;
    const before = { deploymentId: id, status, firedAt: millisOrNull(started_at), endedAt: millisOrNull(ended_at) };
    return { type: 'repeated', before };
  }
};

const runRow = (row: EntryRow): RecordedRun => ({
  scheduled_at: iso(row.scheduled_at),
  kind: row.kind,
  outcome: row.outcome,
  reason: row.reason,
  deployment_id: row.deployment_id,
  fired_at: isoOrNull(row.fired_at),
  ended_at: isoOrNull(row.ended_at),
  until: isoOrNull(row.until),
  version: row.version,
});

/** An instant that reached no device is an execution too: of the one device if there is only one, else of all. */
const executionRow = ({ schedule_id, spec }: Identity, row: EntryRow): RecordedExecution[] => {
  if (row.execution_id === null || row.deployment_id !== null || row.until !== null) return [];
  const { device_ids, group_ids } = spec;
  const [only] = device_ids;
  const hasFailed = row.outcome === 'failed';
  return [
    {
      id: row.execution_id,
      schedule_id,
      kind: row.kind,
      device_id: device_ids.length === 1 && group_ids.length === 0 && only !== undefined ? only : null,
      device_name: null,
      deployment_id: null,
      target_id: null,
      scheduled_at: iso(row.scheduled_at),
      started_at: null,
      completed_at: isoOrNull(row.ended_at ?? row.scheduled_at),
      status: hasFailed ? 'failed' : 'skipped',
      success: hasFailed ? false : null,
      skip_reason: hasFailed ? null : row.reason,
      error_message: hasFailed ? row.reason : null,
      version: row.version,
    },
  ];
};

export const record = async (
  env: Env,
  identity: Identity,
  state: ScheduleState,
  version: number,
  entries: readonly EntryRow[],
): Promise<void> => {
  const db = openDatabase(env.DB);
  const { team_id, schedule_id } = identity;
  const shown = updateScheduleState(db, team_id, {
    id: schedule_id,
    ...shownState(state),
    version,
    defined_version: state.definition.version,
  });
  const executions = entries.flatMap((row) => executionRow(identity, row));
  await db.batch([
    shown,
    ...(entries.length === 0 ? [] : [upsertRuns(db, team_id, schedule_id, entries.map(runRow))]),
    ...(executions.length === 0 ? [] : [upsertExecutions(db, team_id, executions)]),
  ]);
};

const HOSTS_AT_ONCE = 20;
/** One invocation may make 1,000 calls to other objects; a schedule of more hosts is told in full by its deployments. */
const MAX_HOSTS_TOLD = 900;

/** Throws when one of them could not be told. */
export const tellScheduleHosts = async (
  env: Env,
  { team_id, schedule_id, spec }: Identity,
  version: number,
  notices: readonly StoredNotice[],
): Promise<void> => {
  const entries = notices.map(({ level, text }) => ({ level, text }));
  // What was said last holds: after a resume nothing is withdrawn.
  const withdraw = notices.at(-1)?.withdraw ?? null;
  const { devices } = await resolveTargets(openDatabase(env.DB), team_id, spec.device_ids, spec.group_ids);
  const hosts: HostId[] = [...new Set(devices.map(({ host_id }) => host_id))].slice(0, MAX_HOSTS_TOLD);
  for await (const some of slices(hosts, HOSTS_AT_ONCE))
    await Promise.all(
      some.map((host) => hostStub(env, host).noteSchedule({ schedule_id, version, entries, withdraw })),
    );
};
