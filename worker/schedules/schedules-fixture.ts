/** What tests of schedules share: a team with a machine, requests that are right, and rows of history. */
import { env } from 'cloudflare:test';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import type { RecordedExecution, RecordedRun } from '#database/schedule-records.repository.ts';
import { upsertExecutions, upsertRuns } from '#database/schedule-records.repository.ts';
import { CreatedSchedules, Schedule } from '#protocol/http/schedules.ts';
import { DeviceId, newId, type ScheduleId } from '#protocol/ids.ts';
import { newHost } from '../testing/agent-body.ts';
import { command, read } from '../testing/lab.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

export const api = createTestApi();

export const WITHIN = { timeout: 10_000, interval: 20 };

export type Team = { caller: Caller; device_id: DeviceId };

export const newTeam = async (): Promise<Team> => {
  const caller = await api.newCaller('owner');
  const { device_id } = await newHost(api, caller);
  return { caller, device_id: DeviceId.parse(device_id) };
};

/** Far from any run, whenever the test runs. */
export const YEARLY = { type: 'cron', cron_expression: '30 4 29 2 *' };

export const requestFor = (team: Team, fields: Record<string, unknown> = {}) => ({
  action: command(),
  device_ids: [team.device_id],
  recurrence: YEARLY,
  ...fields,
});

export const postSchedules = async (team: Team, fields: Record<string, unknown> = {}): Promise<Response> =>
  team.caller.call('POST', '/api/schedules', { body: requestFor(team, fields) });

export const create = async (team: Team, fields: Record<string, unknown> = {}): Promise<Schedule> => {
  const { schedules } = await read(CreatedSchedules, await postSchedules(team, fields), 201);
  const [schedule] = schedules;
  if (schedule === undefined) throw new Error('a schedule was made');
  return schedule;
};

export const get = async (team: Team, id: ScheduleId): Promise<Schedule> =>
  read(Schedule, await team.caller.call('GET', `/api/schedules/${id}`));

export const patch = (team: Team, id: ScheduleId, body: Record<string, unknown>): Promise<Response> =>
  team.caller.call('PATCH', `/api/schedules/${id}`, { body });

export const tell = (team: Team, id: ScheduleId, what: string, body: Record<string, unknown> = {}): Promise<Response> =>
  team.caller.call('POST', `/api/schedules/${id}/${what}`, { body });

export const column = async (id: ScheduleId, name: string): Promise<unknown> =>
  env.DB.prepare(`select ${name} from schedules where id = ?`).bind(id).first(name);

/** Its object writes to the record a moment later. */
export const untilRecorded = async (id: ScheduleId, name: string, value: unknown): Promise<void> => {
  await vi.waitFor(async () => expect(await column(id, name)).toBe(value), WITHIN);
};

const Entries = z.array(z.tuple([z.string()]));

export const auditActions = async (subject: string): Promise<string[]> => {
  const rows = await env.DB.prepare('select action from audit_entries where subject_id = ? order by at, rowid')
    .bind(subject)
    .raw();
  return Entries.parse(rows).map(([action]) => action);
};

export const MINUTE_MS = 60_000;
export const instant = (at: number): string => new Date(at).toISOString();

export const runAt = (at: number, fields: Partial<RecordedRun> = {}): RecordedRun => ({
  scheduled_at: instant(at),
  kind: 'scheduled',
  outcome: 'completed',
  reason: null,
  deployment_id: null,
  fired_at: instant(at),
  ended_at: instant(at),
  until: null,
  version: 1,
  ...fields,
});

export const executionAt = (schedule: ScheduleId, at: number, fields: Partial<RecordedExecution> = {}) => ({
  id: newId('exe', { ...api.ids, now: () => at }),
  schedule_id: schedule,
  kind: 'scheduled' as const,
  device_id: null,
  device_name: null,
  deployment_id: null,
  target_id: null,
  scheduled_at: instant(at),
  started_at: instant(at),
  completed_at: instant(at),
  status: 'completed' as const,
  success: true,
  skip_reason: null,
  error_message: null,
  version: 1,
  ...fields,
});

export const record = async (
  team: Team,
  schedule: ScheduleId,
  runs: readonly RecordedRun[],
  executions: readonly RecordedExecution[],
): Promise<void> => {
  const { team_id } = team.caller;
  await api.db.batch([upsertRuns(api.db, team_id, schedule, runs), upsertExecutions(api.db, team_id, executions)]);
};
