/**
 * The server's clock jumps by hours, forward and back, under a schedule of every minute: nothing fires twice, and it goes on firing. The
 * clock of every process of the system is really another one; timers and the agent's clock stay as they are.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Schedule } from '#protocol/http/schedules.ts';
import { ServerClock } from '../support/server-clock.ts';
import { World } from '../support/world.ts';
import { command, iso, MINUTE_MS, nextMinute, noteRun, ScheduleLab, until } from './schedule-lab.ts';

const HOUR_MS = 3_600_000;
const JUMP_MS = 3 * HOUR_MS;
/** A firing and its record are over by then. */
const AFTER_MS = 5000;
/** How long before a time that has fired the clock stands after the last jump. */
const BEFORE_MS = 20_000;
/** The minutes that pass until it is noticed that the clock went back, and until the next due time. */
const NOTICED_MS = 2 * MINUTE_MS;
const WITHIN = { timeout: 20_000, interval: 100 };
const TIMEOUT_MS = 240_000;

const unavailable = ServerClock.unavailable();
if (unavailable !== null) console.warn(`clock jumps are not tested: ${unavailable}`);

describe.skipIf(unavailable !== null)('the server’s clock', () => {
  const directory = mkdtempSync(join(tmpdir(), 'deployx-clock-'));
  let clock: ServerClock;
  let world: World;
  let lab: ScheduleLab;
  let schedule: Schedule;
  /** The first due time by the real clock, and the one that fires after the clock has jumped. */
  let first: number;
  let ahead: number;

  beforeAll(async () => {
    clock = new ServerClock(directory);
    world = await World.start(clock.env);
    lab = new ScheduleLab(world);
    const { device } = await lab.enroll('lab-1');
    first = await nextMinute(6000);
    ahead = first + JUMP_MS;
    schedule = await lab.everyMinute({
      name: 'steady',
      action: command(noteRun('steady')),
      device_ids: [device.id],
      // An agent whose last sign is hours old by the clock is taken for silent: it is asked to come back, which takes a moment.
      offline: { policy: 'wait', expires_in_seconds: 7 * 86_400 },
    });
    expect(schedule.next_run_at).toBe(iso(first));
  });
  afterAll(async () => {
    await world.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Whatever the clock says: each job ran once, for a due time of its own, and the record knows of each. */
  const nothingTwice = (): Promise<void> =>
    vi.waitFor(async () => {
      const executions = await lab.executions(schedule.id);
      const ran = executions.filter(({ deployment_id }) => deployment_id !== null);
      expect(ran.every(({ status }) => status === 'completed')).toBe(true);
      expect(ran.map(({ target_id }) => target_id).sort()).toEqual(lab.runs('steady').sort());
      expect(new Set(ran.map(({ scheduled_at }) => scheduled_at)).size).toBe(ran.length);
      const instants = (await lab.ledger(schedule.id)).map(({ scheduled_at }) => scheduled_at);
      expect(new Set(instants).size).toBe(instants.length);
    }, WITHIN);

  const untilRan = (at: number): Promise<void> =>
    expect
      .poll(async () => (await lab.executions(schedule.id)).filter(({ status }) => status === 'completed'), WITHIN)
      .toContainEqual(expect.objectContaining({ scheduled_at: iso(at), success: true }));

  it(
    'three hours forward: it fires at the due time that the clock shows, with entries for those that were jumped over',
    async () => {
      clock.shift(JUMP_MS);
      expect(Date.now(), 'it jumped before the first due time').toBeLessThan(first);
      await until(first);
      await untilRan(ahead);
      const ledger = await vi.waitFor(async () => {
        const entries = await lab.ledger(schedule.id);
        expect(entries.at(0)).toMatchObject({
          scheduled_at: iso(first),
          outcome: 'missed',
          until: expect.any(String),
        });
        expect(entries.at(-1)).toMatchObject({ scheduled_at: iso(ahead), outcome: 'completed', kind: 'scheduled' });
        return entries;
      }, WITHIN);
      const others = ledger.slice(0, -1).filter(({ outcome }) => outcome !== 'missed');
      // Whoever looks before the alarm of the due time finds the one before it not yet a minute old: on time, or caught up.
      expect(others.length, JSON.stringify(others)).toBeLessThanOrEqual(1);
      for (const { kind } of others) expect(['scheduled', 'catch_up']).toContain(kind);
      await nothingTwice();
    },
    TIMEOUT_MS,
  );

  it(
    'back again: it goes on at the due times that come then, instead of in three hours',
    async () => {
      await until(first + AFTER_MS);
      clock.shift(0);
      const next = first + NOTICED_MS;
      await until(next);
      await untilRan(next);
      await nothingTwice();
    },
    TIMEOUT_MS,
  );

  it(
    'forward to just before a due time that has fired: that one does not fire again, and the one after it does',
    async () => {
      await until(first + NOTICED_MS + AFTER_MS);
      clock.shift(ahead - BEFORE_MS - Date.now());
      const after = ahead + MINUTE_MS;
      await until(Date.now() + after - clock.now());
      await untilRan(after);
      const again = (await lab.executions(schedule.id)).filter(({ scheduled_at }) => scheduled_at === iso(ahead));
      expect(again).toHaveLength(1);
      await nothingTwice();
      await expect
        .poll(
          async () => (await lab.ledger(schedule.id)).find(({ scheduled_at }) => scheduled_at === iso(ahead)),
          WITHIN,
        )
        .toMatchObject({ outcome: 'completed', kind: 'scheduled' });
    },
    TIMEOUT_MS,
  );
});
