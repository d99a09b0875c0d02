/** Schedules whose objects do not answer: what was written stays, is marked, and is told later. */

import { env } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { findUndefinedSchedules } from '#database/schedule-reconcile.repository.ts';
import type { ScheduleRpc } from '#durable-objects/schedule/schedule-rpc.ts';
import { scheduleStub } from '#durable-objects/stubs.ts';
import { Problem } from '#protocol/http/problem.ts';
import { CreatedSchedules, Schedule } from '#protocol/http/schedules.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import { newHost } from '../testing/agent-body.ts';
import { command, read } from '../testing/lab.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';
import { definitionOf } from './definition.ts';
import { untilRecorded, YEARLY } from './schedules-fixture.ts';

let down = false;
const away = (): ScheduleRpc => {
  throw new Error('away');
};
const api = createTestApi({ schedule: (bindings, id) => (down ? away() : scheduleStub(bindings, id)) });

let caller: Caller;
let body: Record<string, unknown>;
beforeEach(async () => {
  down = false;
  caller = await api.newCaller('operator');
  const { device_id } = await newHost(api, await api.newCaller('owner', caller.team_id));
  body = { action: command(), device_ids: [device_id], recurrence: YEARLY };
});

const create = async (): Promise<Schedule> => {
  const { schedules } = await read(CreatedSchedules, await caller.call('POST', '/api/schedules', { body }), 201);
  const [schedule] = schedules;
  if (schedule === undefined) throw new Error('a schedule was made');
  return schedule;
};

const undefinedIds = async (): Promise<ScheduleId[]> => (await findUndefinedSchedules(api.db)).map(({ id }) => id);

describe('while objects do not answer', () => {
  it('a schedule is made and shown from the record, and told when they are back', async () => {
    down = true;
    const schedule = await create();
    expect(schedule).toMatchObject({ status: 'active', next_run_at: expect.any(String) });
    expect(await read(Schedule, await caller.call('GET', `/api/schedules/${schedule.id}`))).toEqual(schedule);
    const rows = await findUndefinedSchedules(api.db);
    const row = rows.find(({ id }) => id === schedule.id);
    if (row === undefined) throw new Error('it is among those that must be told');
    expect(await scheduleStub(env, schedule.id).define(definitionOf(row))).toMatchObject({ ok: true });
    await untilRecorded(schedule.id, 'defined_version', 1);
    expect(await undefinedIds()).not.toContain(schedule.id);
  });

  it('an edit is written, and told before the next command', async () => {
    const schedule = await create();
    await untilRecorded(schedule.id, 'defined_version', 1);
    down = true;
    const edited = await caller.call('PATCH', `/api/schedules/${schedule.id}`, {
      body: { recurrence: { type: 'daily', time: '01:00' } },
    });
    expect(await read(Schedule, edited)).toMatchObject({ cron_expression: '0 1 * * *' });
    expect(await undefinedIds()).toContain(schedule.id);
    down = false;
    const paused = await caller.call('POST', `/api/schedules/${schedule.id}/pause`);
    expect(await read(Schedule, paused)).toMatchObject({ status: 'paused' });
    await untilRecorded(schedule.id, 'defined_version', 2);
  });

  it('what needs their word is refused, and nothing is lost', async () => {
    const schedule = await create();
    down = true;
    const calls = ['pause', 'resume', 'stop', 'execute'].map((what) => ['POST', `/${what}`] as const);
    for (const [method, path] of [...calls, ['DELETE', ''] as const]) {
      const refused = await caller.call(method, `/api/schedules/${schedule.id}${path}`);
      expect(await read(Problem, refused, 503)).toMatchObject({ type: 'schedules.not_reached' });
    }
    down = false;
    expect(await read(Schedule, await caller.call('GET', `/api/schedules/${schedule.id}`))).toEqual(schedule);
  });

  it('an ended one is not among those that must be told', async () => {
    const schedule = await create();
    await caller.call('POST', `/api/schedules/${schedule.id}/stop`);
    await untilRecorded(schedule.id, 'status', 'stopped');
    await env.DB.prepare('update schedules set version = 9 where id = ?').bind(schedule.id).run();
    expect(await undefinedIds()).not.toContain(schedule.id);
  });
});
