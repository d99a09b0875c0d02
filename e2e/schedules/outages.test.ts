/**
 * Due times that pass while the system or its database is away. Two systems at once, because each waits for minutes: one is killed with
 * its agent and started again after two due times, the other loses D1 over one.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schedule } from '#protocol/http/schedules.ts';
import { lockDatabase } from '../chaos/database-lock.ts';
import { type Enrolled, World } from '../support/world.ts';
import { command, iso, logTime, MINUTE_MS, nextMinute, noteRun, ScheduleLab, until } from './schedule-lab.ts';

/** More than what is still on time, so that the latest missed time is made up for. */
const DOWN_AFTER_SECOND_MS = 31_000;
/** The database is away from before the minute until then. */
const LOCKED_UNTIL_MS = 12_000;
const LOCKED_BEFORE_MS = 3000;
/** Retries of what failed for as long are this far apart at most. */
const BACK_WITHIN_MS = 30_000;
const TIMEOUT_MS = 240_000;

type Site = { world: World; lab: ScheduleLab; host: Enrolled };

const openSite = async (name: string): Promise<Site> => {
  const world = await World.start();
  const lab = new ScheduleLab(world);
  return { world, lab, host: await lab.enroll(name) };
};

const schedule = ({ lab, host }: Site, name: string, changes: object = {}): Promise<Schedule> =>
  lab.everyMinute({ name, action: command(noteRun(name)), device_ids: [host.device.id], ...changes });

let killed: Site;
let starved: Site;
let caughtUp: Schedule;
let left: Schedule;
let kept: Schedule;
let first: number;
let second: number;
let third: number;

const killAndStartAgain = async ({ world, host }: Site): Promise<void> => {
  world.system.killAll();
  await host.agent.kill();
  expect(Date.now(), 'everything was ended before the first due time').toBeLessThan(first);
  await until(second + DOWN_AFTER_SECOND_MS);
  await world.system.start();
  host.agent.run();
};

const takeDatabaseAway = async ({ world, lab }: Site): Promise<void> => {
  await until(first - LOCKED_BEFORE_MS);
  const release = await lockDatabase(join(world.directory, 'data'));
  try {
    expect(Date.now(), 'the database was away before the due time').toBeLessThan(first);
    await until(first + LOCKED_UNTIL_MS);
    expect(lab.runs('kept'), 'nothing can start without it').toEqual([]);
  } finally {
    release();
  }
};

beforeAll(async () => {
  [killed, starved] = await Promise.all([openSite('lab-1'), openSite('lab-2')]);
  first = await nextMinute(8000);
  [second, third] = [first + MINUTE_MS, first + 2 * MINUTE_MS];
  [caughtUp, left, kept] = await Promise.all([
    // With limits, so that nothing comes after what the tests look at.
    schedule(killed, 'caught-up', { max_executions: 2 }),
    schedule(killed, 'left', { misfire: 'skip', max_executions: 1 }),
    schedule(starved, 'kept', { max_executions: 2 }),
  ]);
  await Promise.all([killAndStartAgain(killed), takeDatabaseAway(starved)]);
}, TIMEOUT_MS);
afterAll(() => Promise.all([killed.world.stop(), starved.world.stop()]));

describe('D1 is away over a due time', () => {
  it('the firing is kept and starts when it is back: late, not lost, once, and the ledger says why', async () => {
    await starved.lab.untilLedger(kept.id, [
      {
        scheduled_at: iso(first),
        kind: 'scheduled',
        outcome: 'completed',
        reason: expect.stringMatching(/^started late: the database was not available: [^\n]+$/),
      },
      { scheduled_at: iso(second), kind: 'scheduled', outcome: 'completed', reason: null },
    ]);
    const [entry] = await starved.lab.ledger(kept.id);
    const firedAt = Date.parse(entry?.fired_at ?? '');
    expect(firedAt).toBeGreaterThanOrEqual(first + LOCKED_UNTIL_MS);
    expect(firedAt).toBeLessThan(first + LOCKED_UNTIL_MS + BACK_WITHIN_MS);
    await starved.lab.untilExecutions(kept.id, [
      { scheduled_at: iso(first), status: 'completed', deployment_id: entry?.deployment_id },
      { scheduled_at: iso(second), status: 'completed' },
    ]);
    const executions = await starved.lab.executions(kept.id);
    expect(starved.lab.runs('kept')).toEqual(executions.map(({ target_id }) => target_id));
  });
});

describe('everything is killed before a due time and started again after the next one', () => {
  const missed = (at: number) => ({
    scheduled_at: iso(at),
    kind: 'scheduled',
    outcome: 'missed',
    deployment_id: null,
    reason: expect.stringMatching(/^Missed, found .+ later: the system was not running at that time$/),
  });
  const ran = (at: number) => ({ scheduled_at: iso(at), kind: 'scheduled', outcome: 'completed' });
  const late = {
    kind: 'catch_up',
    outcome: 'completed',
    reason: expect.stringMatching(/^caught up \d+ s late: the system was not running at that time$/),
  };

  it(
    'one run makes up for the latest, the ones before are recorded as missed, and the next due time is kept',
    async () => {
      await until(third);
      await killed.lab.untilLedger(caughtUp.id, [missed(first), { scheduled_at: iso(second), ...late }, ran(third)]);
      await killed.lab.untilExecutions(caughtUp.id, [
        { scheduled_at: iso(first), status: 'skipped', deployment_id: null },
        { scheduled_at: iso(second), kind: 'catch_up', status: 'completed', skip_reason: null },
        { scheduled_at: iso(third), kind: 'scheduled', status: 'completed' },
      ]);
      const [, ...executions] = await killed.lab.executions(caughtUp.id);
      expect(killed.lab.runs('caught-up')).toEqual(executions.map(({ target_id }) => target_id));
      await killed.lab.untilState(caughtUp.id, { execution_count: 2, status: 'completed' });
    },
    TIMEOUT_MS,
  );

  it('with misfire: skip nothing is made up for, and the ledger says what was missed', async () => {
    await killed.lab.untilLedger(left.id, [missed(first), missed(second), ran(third)]);
    expect(killed.lab.runs('left')).toHaveLength(1);
  });

  it('the host’s log tells of the missed times, and the agent’s has the same lines', async () => {
    for (const at of [first, second])
      await killed.lab.untilLine(
        killed.host.host.id,
        'left',
        new RegExp(`^\\[WARN\\] ⏭️  SKIPPED: left \\| Missed, .* \\| Time: ${logTime(at)} UTC$`),
      );
    await killed.lab.untilAgentLogIsTheSame(killed.host);
  });
});
