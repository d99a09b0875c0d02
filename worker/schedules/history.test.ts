/** What ran, as it is listed and counted: against rows whose numbers were worked out by hand. */
import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { pageOf } from '#protocol/http/page.ts';
import {
  DEFAULT_HISTORY_RULES,
  ExecutionStats,
  HistoryRules,
  LedgerEntry,
  ListedExecution,
  ScheduleStats,
} from '#protocol/http/schedules.ts';
import { Stats } from '#protocol/http/stats.ts';
import { newId, type ScheduleId } from '#protocol/ids.ts';
import { read } from '../testing/lab.ts';
import {
  api,
  auditActions,
  create,
  executionAt,
  instant,
  MINUTE_MS,
  newTeam,
  record,
  runAt,
  type Team,
  tell,
  untilRecorded,
} from './schedules-fixture.ts';

const Executions = pageOf(ListedExecution);
const Ledger = pageOf(LedgerEntry);
const START = Date.parse('2026-03-01T10:00:00.000Z');

const list = async (team: Team, path: string) =>
  (await read(Executions, await team.caller.call('GET', `/api${path}`))).items;

describe('executions', () => {
  let team: Team;
  let nightly: ScheduleId;
  let hourly: ScheduleId;
  const target_id = newId('tgt', api.ids);
  beforeAll(async () => {
    team = await newTeam();
    nightly = (await create(team, { name: 'Nightly' })).id;
    hourly = (await create(team, { name: 'Hourly' })).id;
    await record(
      team,
      nightly,
      [],
      [
        executionAt(nightly, START, {
          device_id: team.device_id,
          device_name: 'rack',
          target_id,
          completed_at: instant(START + 2500),
        }),
        executionAt(nightly, START + MINUTE_MS, {
          device_name: 'phone_1',
          status: 'failed',
          success: false,
          error_message: 'exited with code 3',
        }),
        executionAt(nightly, START + 2 * MINUTE_MS, {
          status: 'skipped',
          success: null,
          started_at: null,
          skip_reason: 'Already queued (max 1)',
        }),
        executionAt(hourly, START + 3 * MINUTE_MS, { status: 'running', success: null, completed_at: null }),
      ],
    );
    await env.DB.prepare(
      "insert into report_files (team_id, target_id, attempt, path, size, created_at) values (?, ?, 1, 'a', 1, '')",
    )
      .bind(team.caller.team_id, target_id)
      .run();
  });

  it('of a schedule are listed newest first, with how long they took and whether they left a report', async () => {
    const items = await list(team, `/schedules/${nightly}/executions`);
    const shown = items.map(({ status, duration_seconds, has_report }) => [status, duration_seconds, has_report]);
    expect(shown).toEqual([
      ['skipped', null, false],
      ['failed', 0, false],
      ['completed', 2.5, true],
    ]);
    expect(new Set(items.map(({ schedule_name }) => schedule_name))).toEqual(new Set(['Nightly']));
  });

  it('of the team are listed with the names of their schedules, page by page', async () => {
    const first = await read(Executions, await team.caller.call('GET', '/api/executions?limit=3'));
    expect(first.items.map(({ schedule_name }) => schedule_name)).toEqual(['Hourly', 'Nightly', 'Nightly']);
    const next = await list(team, `/executions?limit=3&cursor=${first.next_cursor}`);
    expect(next.map(({ status }) => status)).toEqual(['completed']);
    expect(await list(team, `/executions?schedule_id=${hourly}`)).toHaveLength(1);
  });

  it.each([
    ['status=failed', ['failed']],
    ['q=phone_', ['failed']],
    ['q=already', ['skipped']],
    ['q=code%203', ['failed']],
    ['q=%25', []],
    [`from=${instant(START + MINUTE_MS)}`, ['skipped', 'failed']],
    // An instant without milliseconds is the same instant.
    ['from=2026-03-01T10:01:00Z&to=2026-03-01T10:01:00Z', ['failed']],
    [`to=${instant(START)}`, ['completed']],
  ])('are filtered by %s', async (query, expected) => {
    expect((await list(team, `/schedules/${nightly}/executions?${query}`)).map(({ status }) => status)).toEqual(
      expected,
    );
  });

  it('are filtered by device', async () => {
    expect(await list(team, `/executions?device_id=${team.device_id}`)).toHaveLength(1);
  });
});

describe('the ledger', () => {
  it('answers for every instant, newest first, page by page, and by outcome', async () => {
    const team = await newTeam();
    const { id } = await create(team);
    const at = (minutes: number) => START + minutes * MINUTE_MS;
    await record(
      team,
      id,
      [
        runAt(at(0)),
        runAt(at(1), { outcome: 'missed', reason: 'the system was down', fired_at: null, until: instant(at(5)) }),
        runAt(at(6), { kind: 'catch_up', outcome: 'failed', reason: 'rack: exited with code 1' }),
      ],
      [],
    );
    const page = async (query: string) =>
      read(Ledger, await team.caller.call('GET', `/api/schedules/${id}/ledger?${query}`));
    const first = await page('limit=2');
    expect(first.items).toMatchObject([
      { schedule_id: id, scheduled_at: instant(at(6)), kind: 'catch_up', outcome: 'failed' },
      { outcome: 'missed', reason: 'the system was down', until: instant(at(5)) },
    ]);
    expect((await page(`limit=2&cursor=${first.next_cursor}`)).items).toMatchObject([{ scheduled_at: instant(at(0)) }]);
    expect((await page('outcome=missed')).items).toHaveLength(1);
  });
});

describe('statistics', () => {
  let team: Team;
  let id: ScheduleId;
  const stats = async () => read(ExecutionStats, await team.caller.call('GET', `/api/schedules/${id}/stats`));
  beforeAll(async () => {
    team = await newTeam();
    id = (await create(team)).id;
  });

  it('of a schedule that never ran say so', async () => {
    expect(await stats()).toEqual({
      total: 0,
      completed: 0,
      failed: 0,
      skipped: 0,
      success_rate: null,
      duration_seconds: { avg: null, p95: null },
      lateness_seconds: { avg: null, p95: null },
    });
  });

  it('are those that one works out by hand', async () => {
    const at = (minute: number) => START + minute * MINUTE_MS;
    const took = (minute: number, seconds: number, fields = {}) =>
      executionAt(id, at(minute), { completed_at: instant(at(minute) + seconds * 1000), ...fields });
    // 1 to 20 seconds, and one of 100 that failed.
    const ran = Array.from({ length: 20 }, (_, index) => took(index, index + 1));
    const others = [
      took(20, 100, { status: 'failed', success: false }),
      executionAt(id, at(21), { status: 'skipped', success: null, started_at: null }),
      executionAt(id, at(22), { status: 'running', success: null, completed_at: null }),
    ];
    // 0.1 to 1 second late; by hand and missed ones do not count.
    const late = (minute: number, ms: number, fields = {}) =>
      runAt(at(minute), { fired_at: instant(at(minute) + ms), ...fields });
    const runs = [
      ...Array.from({ length: 10 }, (_, index) => late(index, (index + 1) * 100)),
      late(30, 50_000, { kind: 'manual' }),
      runAt(at(31), { outcome: 'missed', fired_at: null }),
    ];
    await record(team, id, runs, [...ran, ...others]);
    const expected = {
      total: 23,
      completed: 20,
      failed: 1,
      skipped: 1,
      success_rate: 95.2,
      duration_seconds: { avg: 14.762, p95: 20 },
      lateness_seconds: { avg: 0.55, p95: 1 },
    };
    expect(await stats()).toEqual(expected);
    const other = await newTeam();
    const foreign = await create(other);
    await record(other, foreign.id, [], [executionAt(foreign.id, START)]);
    const paused = await create(team);
    await tell(team, paused.id, 'pause');
    await untilRecorded(paused.id, 'status', 'paused');
    const ended = await create(team);
    await tell(team, ended.id, 'stop');
    await untilRecorded(ended.id, 'status', 'stopped');
    const all = await read(ScheduleStats, await team.caller.call('GET', '/api/schedules/stats'));
    expect(all).toMatchObject({ total: 3, active: 1, paused: 1, running: 0, ended: 1, executions: expected });
    expect(all.next_run_at).toBe('2028-02-29T04:30:00.000Z');
    const { schedules } = await read(Stats, await team.caller.call('GET', '/api/stats'));
    expect(schedules).toEqual({ active: 1, paused: 1 });
  });
});

describe('the rules for history', () => {
  it('are the defaults until an admin changes them, each by itself', async () => {
    const admin = await api.newCaller('admin');
    const get = async () => read(HistoryRules, await admin.call('GET', '/api/team/history-rules'));
    const set = (body: unknown) => admin.call('PATCH', '/api/team/history-rules', { body });
    expect(await get()).toEqual(DEFAULT_HISTORY_RULES);
    expect(await read(HistoryRules, await set({ keep_days: 7 }))).toEqual({ ...DEFAULT_HISTORY_RULES, keep_days: 7 });
    await set({ keep_executions: 50 });
    await set({});
    expect(await get()).toEqual({ keep_days: 7, keep_executions: 50 });
    expect(await auditActions(admin.team_id)).toEqual(['history_rules.update', 'history_rules.update']);
    for (const body of [{ keep_days: 0 }, { keep_executions: 9 }, { keep_days: 3651 }])
      expect((await set(body)).status).toBe(400);
    const operator = await api.newCaller('operator', admin.team_id);
    expect((await operator.call('PATCH', '/api/team/history-rules', { body: { keep_days: 1 } })).status).toBe(403);
  });
});
