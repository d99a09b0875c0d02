/** What is forgotten of what ran, and what never is. */
import { env } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type DeploymentId, newId, type ScheduleId } from '#protocol/ids.ts';
import type { DeploymentStatus } from '#protocol/states.ts';
import { cleanUpFiles } from '../files/clean-up.ts';
import { forgetHistory, MAX_FORGOTTEN_PER_RUN } from './forget-history.ts';
import { api, create, executionAt, instant, newTeam, record, runAt, type Team } from './schedules-fixture.ts';

const DAY_MS = 86_400_000;
const now = new Date();
const daysAgo = (days: number): number => now.getTime() - days * DAY_MS;

/** All schedules at once, as a whole hour of runs would. */
const forget = () => forgetHistory({ db: api.db, now, log: () => {} }, { part: 0, of: 1 });

let team: Team;
let id: ScheduleId;
beforeEach(async () => {
  team = await newTeam();
  id = (await create(team)).id;
});

const keep = async (keep_days: number, keep_executions: number): Promise<void> => {
  const body = { keep_days, keep_executions };
  expect((await team.caller.call('PATCH', '/api/team/history-rules', { body })).status).toBe(200);
};

const Texts = z.array(z.tuple([z.string()]));
const texts = async (query: string, ...values: unknown[]): Promise<string[]> => {
  const rows = await env.DB.prepare(query)
    .bind(...values)
    .raw();
  return Texts.parse(rows).map(([text]) => text);
};

const executionsOf = (schedule: ScheduleId) =>
  texts('select scheduled_at from executions where schedule_id = ? order by scheduled_at', schedule);
const runsOf = (schedule: ScheduleId) =>
  texts('select scheduled_at from schedule_runs where schedule_id = ? order by scheduled_at', schedule);

describe('executions and ledger entries', () => {
  it('go when they are older than the team keeps them', async () => {
    await keep(30, 1000);
    const times = [40, 31, 29, 1].map(daysAgo);
    await record(
      team,
      id,
      times.map((at) => runAt(at)),
      times.map((at) => executionAt(id, at)),
    );
    await forget();
    const kept = [29, 1].map((days) => instant(daysAgo(days)));
    expect([await executionsOf(id), await runsOf(id)]).toEqual([kept, kept]);
  });

  it('go when there are more of one schedule than the team keeps', async () => {
    await keep(3650, 10);
    const other = await create(team);
    const times = Array.from({ length: 13 }, (_, index) => daysAgo(20 - index));
    for (const schedule of [id, other.id])
      await record(
        team,
        schedule,
        times.map((at) => runAt(at)),
        times.slice(schedule === id ? 0 : 5).map((at) => executionAt(schedule, at)),
      );
    await forget();
    const kept = times.slice(3).map(instant);
    expect([await executionsOf(id), await runsOf(id)]).toEqual([kept, kept]);
    expect(await executionsOf(other.id)).toHaveLength(8);
  });

  it('stay for a quarter of a year in a team that made no rules', async () => {
    const times = [91, 89].map(daysAgo);
    await record(
      team,
      id,
      [],
      times.map((at) => executionAt(id, at)),
    );
    await forget();
    expect(await executionsOf(id)).toEqual([instant(daysAgo(89))]);
  });

  it('of runs that go on stay, however old', async () => {
    await keep(1, 10);
    const [open, due, live] = [10, 9, 8].map(daysAgo);
    if (open === undefined || due === undefined || live === undefined) throw new Error('three times');
    const runs = [runAt(open, { outcome: 'running' }), runAt(due, { outcome: 'due' }), runAt(live)];
    const running = { status: 'running' as const, completed_at: null, success: null };
    await record(team, id, runs, [executionAt(id, open), executionAt(id, live, running), executionAt(id, live)]);
    await forget();
    expect(await runsOf(id)).toEqual([instant(open), instant(due)]);
    expect(await executionsOf(id)).toEqual([instant(open), instant(live)]);
  });

  it('that stand for a time stay until its end is old', async () => {
    await keep(30, 10);
    await record(
      team,
      id,
      [
        runAt(daysAgo(40), { outcome: 'missed', until: instant(daysAgo(20)) }),
        runAt(daysAgo(39), { outcome: 'missed', until: instant(daysAgo(35)) }),
      ],
      [],
    );
    await forget();
    expect(await runsOf(id)).toEqual([instant(daysAgo(40))]);
  });

  it('go a bounded number at a time, until all have gone', async () => {
    await keep(30, 10);
    const many = Array.from({ length: MAX_FORGOTTEN_PER_RUN + 5 }, (_, index) => daysAgo(40) + index);
    await record(
      team,
      id,
      [],
      many.map((at) => executionAt(id, at)),
    );
    await forget();
    expect((await executionsOf(id)).length).toBeGreaterThanOrEqual(5);
    await forget();
    expect(await executionsOf(id)).toEqual([]);
  });
});

describe('deployments that a schedule fired', () => {
  type Fired = { id: DeploymentId; target: string };
  const fire = async (schedule: ScheduleId, at: number, status: DeploymentStatus = 'completed'): Promise<Fired> => {
    const deployment = newId('dep', api.ids);
    const target = newId('tgt', api.ids);
    const { team_id } = team.caller;
    await env.DB.batch([
      env.DB.prepare(
        `insert into deployments (id, team_id, name, kind, status, spec, items, created_at, ended_at, total_targets, pending, strategy, waves, schedule_id, scheduled_at)
         values (?, ?, 'd', 'command', ?, '{}', '[]', ?4, ?4, 1, 0, 'parallel', 1, ?, ?4)`,
      ).bind(deployment, team_id, status, instant(at), schedule),
      env.DB.prepare(
        `insert into deployment_targets (id, team_id, deployment_id, device_id, device_key, device_name, host_id, item_index, item, wave, status)
         values (?, ?, ?, ?, 'self', 'rack', 'host', 0, 'uptime', 0, 'completed')`,
      ).bind(target, team_id, deployment, team.device_id),
      env.DB.prepare('insert into deployment_files (deployment_id, file_id) values (?, ?)').bind(deployment, 'file'),
      env.DB.prepare(
        "insert into report_files (team_id, target_id, attempt, path, size, created_at) values (?, ?, 1, 'a', 1, '')",
      ).bind(team_id, target),
    ]);
    await env.FILES.put(`reports/${team_id}/${deployment}/${target}/1/a`, 'report');
    await env.FILES.put(`logs/${team_id}/${deployment}/${target}/000.ndjson`, 'log');
    return { id: deployment, target };
  };

  const isThere = async ({ id: deployment }: Fired): Promise<boolean> =>
    (await texts('select id from deployments where id = ?', deployment)).length > 0;
  const rowsOf = async ({ id: deployment, target }: Fired): Promise<number> =>
    (
      await texts(
        `select id from deployment_targets where deployment_id = ?1 union all
         select file_id from deployment_files where deployment_id = ?1 union all
         select path from report_files where target_id = ?2`,
        deployment,
        target,
      )
    ).length;
  const objectsOf = async ({ id: deployment }: Fired): Promise<number> => {
    const folders = ['logs', 'reports'].map((folder) => `${folder}/${team.caller.team_id}/${deployment}/`);
    const lists = await Promise.all(folders.map((prefix) => env.FILES.list({ prefix })));
    return lists.flatMap(({ objects }) => objects).length;
  };

  it('go with the last of their executions: targets, files, reports and output too', async () => {
    await keep(30, 1000);
    const [old, half, recent] = [await fire(id, daysAgo(40)), await fire(id, daysAgo(35)), await fire(id, daysAgo(1))];
    const of = (fired: Fired, days: number, device: string | null = null) =>
      executionAt(id, daysAgo(days), { deployment_id: fired.id, device_name: device });
    const runs = [runAt(daysAgo(1), { deployment_id: recent.id })];
    await record(team, id, runs, [of(old, 40), of(half, 35), of(half, 2), of(recent, 1)]);
    await forget();
    expect([await isThere(old), await isThere(half), await isThere(recent)]).toEqual([false, true, true]);
    expect([await rowsOf(old), await rowsOf(half)]).toEqual([0, 3]);
    await cleanUpFiles({ bucket: env.FILES, db: api.db, now: new Date(now.getTime() + 1), log: () => {} });
    expect([await objectsOf(old), await objectsOf(half)]).toEqual([0, 2]);
  });

  it('leave no link to them in the ledger', async () => {
    await keep(3650, 10);
    const fired = await fire(id, daysAgo(20));
    const filling = Array.from({ length: 10 }, (_, index) => executionAt(id, daysAgo(10) + index));
    await record(
      team,
      id,
      [runAt(daysAgo(20), { deployment_id: fired.id })],
      [executionAt(id, daysAgo(20), { deployment_id: fired.id }), ...filling],
    );
    await forget();
    expect(await isThere(fired)).toBe(false);
    const linked = 'select scheduled_at from schedule_runs where schedule_id = ? and deployment_id is null';
    expect(await texts(linked, id)).toEqual([instant(daysAgo(20))]);
  });

  it('stay while they go on, or while what came of them does', async () => {
    await keep(1, 10);
    const running = await fire(id, daysAgo(5), 'in_progress');
    const parent = await fire(id, daysAgo(6));
    await env.DB.prepare(
      `insert into deployments (id, team_id, name, kind, status, spec, items, created_at, total_targets, pending, strategy, waves, parent_id, relation)
       values (?, ?, 'r', 'command', 'in_progress', '{}', '[]', ?, 1, 1, 'parallel', 1, ?, 'retry')`,
    )
      .bind(newId('dep', api.ids), team.caller.team_id, instant(daysAgo(0)), parent.id)
      .run();
    const of = (fired: Fired, days: number) => executionAt(id, daysAgo(days), { deployment_id: fired.id });
    await record(team, id, [], [of(running, 5), of(parent, 6)]);
    await forget();
    expect([await isThere(running), await isThere(parent)]).toEqual([true, true]);
  });

  it('of a schedule that is gone stay as long as history is kept, and then go', async () => {
    await keep(30, 10);
    const [old, recent] = [await fire(id, daysAgo(40)), await fire(id, daysAgo(10))];
    const of = (fired: Fired, days: number) => executionAt(id, daysAgo(days), { deployment_id: fired.id });
    await record(team, id, [], [of(old, 40), of(recent, 10)]);
    expect((await team.caller.call('DELETE', `/api/schedules/${id}`)).status).toBe(204);
    expect([await executionsOf(id), await isThere(old)]).toEqual([[], true]);
    await forget();
    expect([await isThere(old), await isThere(recent)]).toEqual([false, true]);
  });

  it('by hand are never forgotten', async () => {
    await keep(1, 10);
    const byHand = await fire(id, daysAgo(50));
    await env.DB.prepare('update deployments set schedule_id = null where id = ?').bind(byHand.id).run();
    await record(team, id, [], [executionAt(id, daysAgo(50), { deployment_id: byHand.id })]);
    await forget();
    expect(await isThere(byHand)).toBe(true);
  });
});
