/** SQL by which objects keep the record of schedules, their ledgers and executions. In bulk, and guarded by versions. */
import { and, eq, lt, sql } from 'drizzle-orm';
import type { Execution, LedgerEntry, ScheduleState } from '#protocol/http/schedules.ts';
import type { ScheduleId, TeamId } from '#protocol/ids.ts';
import { type Database, type Statement, statement } from './database.ts';
import { schedules } from './schedules.tables.ts';

export type RecordedSchedule = ScheduleState & {
  id: ScheduleId;
  /** Version of the object's state, and of the definition that it has. */
  version: number;
  defined_version: number;
};

export const updateScheduleState = (db: Database, team: TeamId, state: RecordedSchedule): Statement => {
  const { id, version, ...shown } = state;
  return db
    .update(schedules)
    .set({ ...shown, state_version: version })
    .where(and(eq(schedules.team_id, team), eq(schedules.id, id), lt(schedules.state_version, version)));
};

export type RecordedRun = Omit<LedgerEntry, 'schedule_id'> & { version: number };

/** Nothing is written for a schedule that was deleted. */
export const upsertRuns = (db: Database, team: TeamId, schedule: ScheduleId, runs: readonly RecordedRun[]): Statement =>
  statement(
    db,
    sql`INSERT INTO schedule_runs (schedule_id, team_id, scheduled_at, kind, outcome, reason, deployment_id, fired_at, ended_at, until, version)
    SELECT ${schedule}, ${team}, j.value ->> 'scheduled_at', j.value ->> 'kind', j.value ->> 'outcome', j.value ->> 'reason',
      j.value ->> 'deployment_id', j.value ->> 'fired_at', j.value ->> 'ended_at', j.value ->> 'until', j.value ->> 'version'
    FROM json_each(${JSON.stringify(runs)}) AS j WHERE EXISTS (SELECT 1 FROM schedules WHERE id = ${schedule} AND team_id = ${team})
    ON CONFLICT (schedule_id, scheduled_at) DO UPDATE SET
      kind = excluded.kind, outcome = excluded.outcome, reason = excluded.reason, deployment_id = excluded.deployment_id,
      fired_at = excluded.fired_at, ended_at = excluded.ended_at, until = excluded.until, version = excluded.version
    WHERE excluded.version > schedule_runs.version`,
  );

export type RecordedExecution = Omit<Execution, 'schedule_name'> & { version: number };

/**
 * The same for executions: the first final state wins by its version. A firing of a device is one execution: what was to be none (a
 * time that was missed, until the clock went back) gives way to one that reached the device.
 */
export const upsertExecutions = (db: Database, team: TeamId, rows: readonly RecordedExecution[]): Statement =>
  statement(
    db,
    sql`INSERT INTO executions (id, team_id, schedule_id, kind, device_id, device_name, deployment_id, target_id, scheduled_at, started_at,
      completed_at, status, success, skip_reason, error_message, version)
    SELECT j.value ->> 'id', ${team}, j.value ->> 'schedule_id', j.value ->> 'kind', j.value ->> 'device_id', j.value ->> 'device_name',
      j.value ->> 'deployment_id', j.value ->> 'target_id', j.value ->> 'scheduled_at', j.value ->> 'started_at', j.value ->> 'completed_at',
      j.value ->> 'status', j.value ->> 'success', j.value ->> 'skip_reason', j.value ->> 'error_message', j.value ->> 'version'
    FROM json_each(${JSON.stringify(rows)}) AS j
    WHERE EXISTS (SELECT 1 FROM schedules WHERE id = j.value ->> 'schedule_id' AND team_id = ${team})
    ON CONFLICT (id) DO UPDATE SET
      started_at = excluded.started_at, completed_at = excluded.completed_at, status = excluded.status, success = excluded.success,
      skip_reason = excluded.skip_reason, error_message = excluded.error_message, version = excluded.version
    WHERE excluded.version > executions.version
    ON CONFLICT (schedule_id, scheduled_at, device_id) DO UPDATE SET
      id = excluded.id, kind = excluded.kind, device_name = excluded.device_name, deployment_id = excluded.deployment_id,
      target_id = excluded.target_id, started_at = excluded.started_at, completed_at = excluded.completed_at, status = excluded.status,
      success = excluded.success, skip_reason = excluded.skip_reason, error_message = excluded.error_message, version = excluded.version
    WHERE executions.deployment_id IS NULL`,
  );
