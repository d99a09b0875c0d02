/** What the cron trigger does about schedules that were left behind, and that it says so. */
import { env, runInDurableObject } from 'cloudflare:test';
import { beforeEach, expect, it, vi } from 'vitest';
import { ScheduleObject } from '#durable-objects/schedule/schedule-object.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import { dependencies } from '../dependencies.ts';
import { newHost } from '../testing/agent-body.ts';
import { defineLostSchedules, forgetGoneDevices, wakeOverdueSchedules } from './reconcile.ts';
import { api, create, get, instant, newTeam, type Team, untilRecorded, WITHIN } from './schedules-fixture.ts';

let team: Team;
beforeEach(async () => {
  team = await newTeam();
});

const objectOf = (id: ScheduleId) => env.SCHEDULE.getByName(id);

const logging = () => {
  const lines: Record<string, unknown>[] = [];
  const log = (event: string, fields: Record<string, unknown>) => lines.push({ event, ...fields });
  return { lines, deps: { ...dependencies, log } };
};

it('fires what an alarm that was lost should have fired, and logs that', async () => {
  const schedule = await create(team, { recurrence: { type: 'cron', cron_expression: '* * * * *' } });
  await untilRecorded(schedule.id, 'defined_version', 1);
  // As after a crash that took the alarm: the next run lies in the past, and nothing wakes the object.
  const lost = Date.now() - 60_000;
  await runInDurableObject(objectOf(schedule.id), async (instance, { storage }) => {
    if (!(instance instanceof ScheduleObject)) throw new Error('it is another object');
    const state = instance.core.store.state.get();
    if (state === null) throw new Error('it was defined');
    instance.core.store.state.set({ ...state, nextRunAt: lost });
    await storage.deleteAlarm();
  });
  await env.DB.prepare('update schedules set next_run_at = ? where id = ?').bind(instant(lost), schedule.id).run();
  const { lines, deps } = logging();
  await wakeOverdueSchedules(env, deps);
  expect(lines).toContainEqual({ event: 'schedule.repaired', schedule_id: schedule.id, what: 'moved its next run' });
  const { last_run_at, next_run_at } = await get(team, schedule.id);
  expect(last_run_at).not.toBeNull();
  expect(Date.parse(next_run_at ?? '')).toBeGreaterThan(Date.now());
});

it('tells an object the definition that never reached it', async () => {
  const schedule = await create(team);
  await untilRecorded(schedule.id, 'defined_version', 1);
  await env.DB.prepare("update schedules set version = 2, name = 'renamed' where id = ?").bind(schedule.id).run();
  const { lines, deps } = logging();
  await defineLostSchedules(env, deps);
  expect(lines).toContainEqual({
    event: 'schedule.repaired',
    schedule_id: schedule.id,
    what: 'told its definition 2',
  });
  await untilRecorded(schedule.id, 'defined_version', 2);
});

it('takes devices of deleted hosts out of schedules, and ends those that have none left', async () => {
  const other = await newHost(api, team.caller);
  const alone = await create(team, { device_ids: [other.device_id] });
  const both = await create(team, { device_ids: [team.device_id, other.device_id] });
  expect((await team.caller.call('DELETE', `/api/hosts/${other.host_id}`)).status).toBe(204);
  const { lines, deps } = logging();
  await forgetGoneDevices(env, deps);
  expect(lines.map(({ what }) => what).toSorted()).toEqual([
    'ended it: all its devices are gone',
    'took out 1 devices that are gone',
  ]);
  expect((await get(team, both.id)).device_ids).toEqual([team.device_id]);
  await vi.waitFor(
    async () =>
      expect(await get(team, alone.id)).toMatchObject({
        status: 'stopped',
        status_reason: 'The devices that it named are gone',
        next_run_at: null,
      }),
    WITHIN,
  );
  const again = logging();
  await untilRecorded(alone.id, 'status', 'stopped');
  await forgetGoneDevices(env, again.deps);
  expect(again.lines).toEqual([]);
});

it('goes on with the others when one cannot be repaired', async () => {
  const [first, second] = [await create(team), await create(team)];
  for (const { id } of [first, second])
    await env.DB.prepare('update schedules set next_run_at = ? where id = ?').bind(instant(0), id).run();
  const { lines, deps } = logging();
  const looked: ScheduleId[] = [];
  await wakeOverdueSchedules(env, {
    ...deps,
    schedule: (bindings, id) => {
      looked.push(id);
      if (id === first.id) throw new Error('cannot be reached');
      return dependencies.schedule(bindings, id);
    },
  });
  expect(looked).toEqual(expect.arrayContaining([first.id, second.id]));
  expect(lines).toContainEqual({
    event: 'schedule.repair_failed',
    schedule_id: first.id,
    error: 'Error: cannot be reached',
  });
});
