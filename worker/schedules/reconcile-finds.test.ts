/** What the cron trigger finds of schedules that were left behind. */
import { env } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { findOrphanedSchedules, findOverdueSchedules, findStaleRuns } from '#database/schedule-reconcile.repository.ts';
import { newId, type ScheduleId } from '#protocol/ids.ts';
import type { DeploymentStatus } from '#protocol/states.ts';
import { newHost } from '../testing/agent-body.ts';
import { api, create, instant, newTeam, record, runAt, type Team, tell, untilRecorded } from './schedules-fixture.ts';

const HOUR_MS = 3_600_000;
const now = Date.now();

let team: Team;
beforeEach(async () => {
  team = await newTeam();
});

const ids = (rows: readonly { id: ScheduleId }[]): ScheduleId[] => rows.map(({ id }) => id);

describe('overdue', () => {
  it('is what is active and should have run', async () => {
    const [late, paused, future] = [await create(team), await create(team), await create(team)];
    await tell(team, paused.id, 'pause');
    await untilRecorded(paused.id, 'status', 'paused');
    for (const { id } of [late, paused])
      await env.DB.prepare('update schedules set next_run_at = ? where id = ?')
        .bind(instant(now - HOUR_MS), id)
        .run();
    const found = ids(await findOverdueSchedules(api.db, instant(now - 60_000)));
    expect(found).toContain(late.id);
    expect(found).not.toContain(paused.id);
    expect(found).not.toContain(future.id);
    expect(ids(await findOverdueSchedules(api.db, instant(now - 2 * HOUR_MS)))).not.toContain(late.id);
  });
});

describe('orphaned', () => {
  it('is what names a device whose host was deleted, with what is left to it', async () => {
    const other = await newHost(api, team.caller);
    const [alone, both] = [
      await create(team, { device_ids: [other.device_id] }),
      await create(team, { device_ids: [team.device_id, other.device_id] }),
    ];
    const [whole, stopped] = [await create(team), await create(team, { device_ids: [other.device_id] })];
    await tell(team, stopped.id, 'stop');
    await untilRecorded(stopped.id, 'status', 'stopped');
    expect((await team.caller.call('DELETE', `/api/hosts/${other.host_id}`)).status).toBe(204);
    const found = (await findOrphanedSchedules(api.db)).filter(({ team_id }) => team_id === team.caller.team_id);
    expect(found.toSorted((left, right) => left.left - right.left)).toEqual([
      { id: alone.id, team_id: team.caller.team_id, gone: [other.device_id], left: 0 },
      { id: both.id, team_id: team.caller.team_id, gone: [other.device_id], left: 1 },
    ]);
    expect(ids(found)).not.toContain(whole.id);
  });
});

describe('stale', () => {
  const fire = async (schedule: ScheduleId, at: number, status: DeploymentStatus, ended: number | null) => {
    const id = newId('dep', api.ids);
    await env.DB.prepare(
      `insert into deployments (id, team_id, name, kind, status, spec, items, created_at, ended_at, total_targets, pending, strategy, waves, schedule_id, scheduled_at)
       values (?, ?, 'd', 'command', ?, '{}', '[]', ?4, ?, 1, 0, 'parallel', 1, ?, ?4)`,
    )
      .bind(id, team.caller.team_id, status, instant(at), ended === null ? null : instant(ended), schedule)
      .run();
    return id;
  };

  it('is a run that the ledger says goes on, though its deployment ended a while ago', async () => {
    const { id } = await create(team);
    const at = (hours: number) => now - hours * HOUR_MS;
    const stale = await fire(id, at(5), 'failed', at(4));
    const fresh = await fire(id, at(3), 'completed', now);
    const open = await fire(id, at(2), 'in_progress', null);
    const done = await fire(id, at(1), 'completed', at(1));
    await record(
      team,
      id,
      [
        runAt(at(5), { outcome: 'running', deployment_id: stale }),
        runAt(at(3), { outcome: 'running', deployment_id: fresh }),
        runAt(at(2), { outcome: 'running', deployment_id: open }),
        runAt(at(1), { deployment_id: done }),
      ],
      [],
    );
    const found = await findStaleRuns(api.db, instant(now - 60_000));
    expect(found.filter(({ schedule_id }) => schedule_id === id)).toEqual([
      { schedule_id: id, team_id: team.caller.team_id, scheduled_at: instant(at(5)), deployment_id: stale },
    ]);
  });
});
