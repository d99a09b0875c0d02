/** A recurrence tried before it is saved, presets, and the timeline. */
import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Problem } from '#protocol/http/problem.ts';
import { Preview, SchedulePresets, Timeline } from '#protocol/http/schedules.ts';
import { read } from '../testing/lab.ts';
import type { Caller } from '../testing/test-api.ts';
import {
  api,
  create,
  instant,
  MINUTE_MS,
  newTeam,
  record,
  runAt,
  type Team,
  tell,
  untilRecorded,
} from './schedules-fixture.ts';

let viewer: Caller;
beforeAll(async () => {
  viewer = await api.newCaller('viewer');
});

const preview = async (body: unknown): Promise<Preview> =>
  read(Preview, await viewer.call('POST', '/api/schedules/preview', { body }));

const daily = { type: 'daily', time: '02:30' };

describe('a preview', () => {
  it('says when it runs, in words and in times, after the instant that is given', async () => {
    const answer = await preview({ recurrence: daily, timezone: 'UTC', from: '2030-01-01T02:30:00.000Z', count: 2 });
    expect(answer).toMatchObject({ valid: true, cron_expression: '30 2 * * *' });
    expect(answer.description).toMatch(/02:30/);
    expect(answer.next_runs).toEqual(['2030-01-02T02:30:00.000Z', '2030-01-03T02:30:00.000Z']);
    expect(answer.runs).toEqual(answer.next_runs.map((at) => ({ at, moved: null })));
  });

  it('begins now with five runs when nothing else is asked', async () => {
    const { next_runs } = await preview({ recurrence: { type: 'cron', cron_expression: '* * * * *' } });
    const now = api.now().getTime();
    const first = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
    expect(next_runs).toEqual([0, 1, 2, 3, 4].map((index) => instant(first + index * MINUTE_MS)));
  });

  it('takes an instant with an offset, or a time of its zone, to begin after', async () => {
    const asked = { recurrence: daily, timezone: 'Europe/Berlin', count: 1 };
    for (const from of ['2030-01-01T12:00:00+01:00', '2030-01-01T12:00', '2030-01-01T11:00:00Z'])
      expect((await preview({ ...asked, from })).next_runs, from).toEqual(['2030-01-02T01:30:00.000Z']);
  });

  it('keeps to the first and the last day, both inclusive', async () => {
    const days = { start_date: '2030-03-01T02:30', end_date: '2030-03-02T02:30' };
    const { next_runs } = await preview({ recurrence: daily, ...days, from: '2030-01-01T00:00:00Z' });
    expect(next_runs).toEqual(['2030-03-01T02:30:00.000Z', '2030-03-02T02:30:00.000Z']);
  });

  it('has no more runs from the last one on, and nothing is wrong with that', async () => {
    const none = { valid: true, next_runs: [] };
    const at = '2030-03-02T02:30:00.000Z';
    expect(await preview({ recurrence: { type: 'once', at }, from: at })).toMatchObject(none);
    expect(await preview({ recurrence: daily, end_date: at, from: at })).toMatchObject(none);
  });

  it('tells which runs a clock change moves', async () => {
    const from = '2030-03-30T12:00:00Z';
    const { runs } = await preview({ recurrence: daily, timezone: 'Europe/Berlin', from, count: 2 });
    expect(runs).toEqual([
      { at: '2030-03-31T01:00:00.000Z', moved: expect.stringContaining('02:30') },
      { at: '2030-04-01T00:30:00.000Z', moved: null },
    ]);
  });

  it.each([
    ['recurrence', {}],
    ['recurrence', { recurrence: 7 }],
    ['recurrence.type', { recurrence: { type: 'hourly' } }],
    ['recurrence.time', { recurrence: { type: 'daily', time: '25:00' } }],
    ['recurrence.days', { recurrence: { type: 'weekly', days: [], time: '01:00' } }],
    ['recurrence.cron_expression', { recurrence: { type: 'cron', cron_expression: '5/15 * * * *' } }],
    ['recurrence.cron_expression', { recurrence: { type: 'cron', cron_expression: '* * * *' } }],
    ['recurrence.cron_expression', { recurrence: { type: 'cron', cron_expression: '0 0 31 2 *' } }],
    ['recurrence.at', { recurrence: { type: 'once', at: '2020-01-01T00:00:00Z' } }],
    ['timezone', { recurrence: daily, timezone: 'Mars/Olympus' }],
    ['timezone', { recurrence: daily, timezone: 5 }],
    ['start_date', { recurrence: daily, start_date: 'soon' }],
    ['end_date', { recurrence: daily, start_date: '2030-01-02', end_date: '2030-01-01' }],
    ['end_date', { recurrence: daily, end_date: '2020-01-01' }],
    ['from', { recurrence: daily, from: 'now' }],
    ['count', { recurrence: daily, count: 101 }],
    ['count', { recurrence: daily, count: 'many' }],
  ])('answers 200 and names %s when that is wrong', async (path, body) => {
    const answer = await preview(body);
    expect(answer).toMatchObject({ valid: false, next_runs: [], runs: [] });
    expect(answer.errors?.map((error) => error.path)).toContain(path);
    expect(answer.error).toContain(path);
  });
});

it('presets are expressions that a schedule takes, at least fourteen of them', async () => {
  const { items } = await read(SchedulePresets, await viewer.call('GET', '/api/schedules/presets'));
  expect(items.length).toBeGreaterThanOrEqual(14);
  for (const { cron_expression } of items) {
    const answer = await preview({ recurrence: { type: 'cron', cron_expression } });
    expect(answer, cron_expression).toMatchObject({ valid: true });
  }
});

describe('the timeline', () => {
  let team: Team;
  beforeAll(async () => {
    team = await newTeam();
  });
  const timeline = async (query = ''): Promise<Timeline> =>
    read(Timeline, await team.caller.call('GET', `/api/schedules/timeline${query}`));

  it('has what runs and what ran in the time asked for, each with its schedule', async () => {
    const every = await create(team, { name: 'Daily', recurrence: daily, max_executions: 3 });
    const minutely = await create(team, {
      name: 'Minutely',
      recurrence: { type: 'cron', cron_expression: '* * * * *' },
      start_date: instant(Date.now() + 86_400_000),
    });
    const paused = await create(team, { name: 'Paused', recurrence: daily });
    await tell(team, paused.id, 'pause');
    await untilRecorded(paused.id, 'status', 'paused');
    const now = api.now().getTime();
    const ran = [now - 90 * MINUTE_MS, now - 30 * MINUTE_MS].map((at) => runAt(at));
    await record(team, every.id, ran, []);
    const answer = await timeline(`?from=${instant(now - 60 * MINUTE_MS)}&to=${instant(now + 10 * 86_400_000)}`);
    const upcoming = new Map(answer.upcoming.map((one) => [one.schedule_id, one]));
    expect(upcoming.get(every.id)).toMatchObject({ name: 'Daily', more: false });
    expect(upcoming.get(every.id)?.runs).toHaveLength(3);
    expect(upcoming.get(minutely.id)).toMatchObject({ name: 'Minutely', more: true });
    expect(upcoming.get(minutely.id)?.runs).toHaveLength(200);
    expect(upcoming.has(paused.id)).toBe(false);
    expect(answer.past).toMatchObject([
      { schedule_id: every.id, name: 'Daily', scheduled_at: instant(now - 30 * MINUTE_MS) },
    ]);
    expect(answer.more).toBe(false);
  });

  it('is of at most 62 days, and of a week from now when nothing is asked', async () => {
    const answer = await timeline();
    expect(Date.parse(answer.to) - Date.parse(answer.from)).toBe(7 * 86_400_000);
    const refused = async (query: string) =>
      (await read(Problem, await team.caller.call('GET', `/api/schedules/timeline?${query}`), 400)).errors;
    expect(await refused('from=2030-01-01T00:00:00Z&to=2030-03-05T00:00:00Z')).toMatchObject([{ path: 'to' }]);
    expect(await refused('from=2030-01-01T00:00:00Z&to=2030-01-01T00:00:00Z')).toMatchObject([{ path: 'to' }]);
  });

  it('stays small and quick, however many schedules run each minute', async () => {
    const crowd = await newTeam();
    const first = await create(crowd, { recurrence: { type: 'cron', cron_expression: '* * * * *' } });
    await crowdOf(first.id, 400);
    const start = performance.now();
    const answer = await read(Timeline, await crowd.caller.call('GET', '/api/schedules/timeline'));
    const took = performance.now() - start;
    expect(answer.more).toBe(true);
    expect(answer.upcoming.length).toBeLessThanOrEqual(300);
    expect(answer.upcoming.flatMap(({ runs }) => runs).length).toBeLessThanOrEqual(3000);
    expect(answer.upcoming.every(({ more }) => more)).toBe(true);
    // Many times what it takes on idle cores.
    expect(took).toBeLessThan(5000);
    await tell(crowd, first.id, 'stop');
  });
});

const Columns = z.array(z.object({ name: z.string() }));

/** Copies of a row that no object knows of. */
const crowdOf = async (id: string, count: number): Promise<void> => {
  const { results } = await env.DB.prepare("select name from pragma_table_info('schedules') where name <> 'id'").all();
  const names = Columns.parse(results)
    .map(({ name }) => name)
    .join(', ');
  await env.DB.prepare(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?2)
     insert into schedules (id, ${names}) select 'sch_' || printf('%026d', i), ${names} from schedules, n where id = ?1`,
  )
    .bind(id, count)
    .run();
};
