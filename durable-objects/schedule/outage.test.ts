import { runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it } from 'vitest';
import { beforeWrites, healWrites } from '../test/faulty-database.ts';
import { ScheduledLab } from '../test/scheduled-lab.ts';

const WITHIN = { timeout: 20_000, interval: 20 };
const minute = (at: number): string => new Date(Date.parse('2030-03-04T10:00:00Z') + at * 60_000).toISOString();
const START = '2030-03-04T10:00:30.000Z';

const runsOf = (lab: ScheduledLab) =>
  runInDurableObject(lab.stub, ({ core }) => core.store.state.get()?.runs.map(({ reason }) => reason) ?? []);

const breakDatabase = (): void => beforeWrites(() => Promise.reject(new Error('away')));
const LATE = 'started late: the database was not available: away';

afterEach(healWrites);

describe('a firing that is due while D1 is down', () => {
  it('is kept, starts late when D1 is back, and the ledger says why', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    breakDatabase();
    await lab.alarmAt(minute(1));
    await expect.poll(() => runsOf(lab), WITHIN).toEqual([LATE]);
    expect(lab.offers()).toBe(0);
    await lab.evict();
    expect(await lab.alarm()).not.toBeNull();
    healWrites();
    await lab.alarmAt('2030-03-04T10:01:40.000Z');
    const run = await lab.end();
    run.end();
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([
        {
          scheduled_at: minute(1),
          kind: 'scheduled',
          outcome: 'completed',
          reason: LATE,
        },
      ]);
    await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{ status: 'completed' }]);
    expect(lab.offers()).toBe(1);
  });

  it('is one of two at most: one to run, one to wait for it, and the rest is skipped', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    breakDatabase();
    for (const at of [1, 2, 3, 4]) await lab.alarmAt(minute(at));
    await expect.poll(() => runsOf(lab), WITHIN).toHaveLength(2);
    healWrites();
    await lab.alarmAt('2030-03-04T10:04:40.000Z');
    const first = await lab.end();
    await expect.poll(async () => (await lab.executions()).length, WITHIN).toBe(4);
    first.end();
    const second = await lab.end();
    second.end();
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([
        { outcome: 'completed', reason: LATE },
        { outcome: 'completed' },
        { outcome: 'skipped', reason: 'Already queued (max 1)', deployment_id: null },
        { outcome: 'skipped', reason: 'Already queued (max 1)', deployment_id: null },
      ]);
    expect(await lab.stub.state()).toMatchObject({ execution_count: 2 });
  });

  it('does not start once the schedule is paused, and the ledger says so', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    breakDatabase();
    await lab.alarmAt(minute(1));
    await expect.poll(() => runsOf(lab), WITHIN).toHaveLength(1);
    await lab.stub.control('pause');
    healWrites();
    await lab.alarmAt('2030-03-04T10:01:40.000Z');
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([{ scheduled_at: minute(1), outcome: 'skipped', reason: 'Schedule paused', deployment_id: null }]);
    await expect
      .poll(() => lab.executions(), WITHIN)
      .toMatchObject([{ status: 'skipped', skip_reason: 'Schedule paused', device_id: lab.hosts[0]?.self_device_id }]);
    expect(lab.offers()).toBe(0);
  });
});

it('a pause while a start is under way lets that run go on, and it counts', async () => {
  const lab = await ScheduledLab.of(1, START);
  await lab.define();
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  beforeWrites(async () => {
    arrived.resolve();
    await gate.promise;
  });
  await lab.alarmAt(minute(1));
  await arrived.promise;
  expect(await lab.stub.control('pause')).toMatchObject({ ok: true, state: { status: 'paused' } });
  gate.resolve();
  healWrites();
  const run = await lab.end();
  run.end();
  await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ status: 'paused', execution_count: 1 });
  await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ scheduled_at: minute(1), outcome: 'completed' }]);
  await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{ status: 'completed' }]);
});

describe('a clock that jumps', () => {
  it('over due times gives one late run, and each of the others an entry and an execution that say why', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt('2030-03-04T10:03:45.000Z');
    const run = await lab.end();
    run.end();
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([
        { scheduled_at: minute(1), outcome: 'missed' },
        { scheduled_at: minute(2), outcome: 'missed' },
        { scheduled_at: minute(3), outcome: 'completed', kind: 'catch_up' },
      ]);
    await expect
      .poll(() => lab.executions(), WITHIN)
      .toMatchObject([{ status: 'skipped' }, { status: 'skipped' }, { status: 'completed' }]);
  });

  it('forward, back and forward again fires nothing twice, and what it had jumped over runs after all', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt('2030-03-04T10:03:05.000Z');
    (await lab.end()).end();
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{}, {}, { outcome: 'completed' }]);
    await lab.at(START);
    await lab.evict();
    await lab.stub.look();
    expect(await lab.stub.state()).toMatchObject({ next_run_at: minute(1) });
    await lab.alarmAt(minute(1));
    (await lab.end()).end();
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ execution_count: 2, next_run_at: minute(2) });
    await lab.alarmAt('2030-03-04T10:03:06.000Z');
    expect(await lab.stub.state()).toMatchObject({ next_run_at: minute(4) });
    // Of what it jumped over now, the latest that has not fired is made up for.
    (await lab.end()).end();
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([
        { scheduled_at: minute(1), outcome: 'completed', kind: 'scheduled' },
        { scheduled_at: minute(2), outcome: 'completed', kind: 'catch_up' },
        { scheduled_at: minute(3), outcome: 'completed', kind: 'scheduled' },
      ]);
    await expect
      .poll(() => lab.executions(), WITHIN)
      .toMatchObject([{ status: 'completed' }, { status: 'completed' }, { status: 'completed' }]);
    expect(lab.offers()).toBe(3);
  });

  it('back to a time whose firing only the record remembers fires nothing, leaves its entry as it was, and goes on', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt(minute(1));
    (await lab.end()).end();
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'completed' }]);
    const [before] = await lab.ledger();
    // As it forgets entries that are hundreds of firings old.
    await runInDurableObject(lab.stub, (_object, { storage }) => storage.sql.exec('DELETE FROM entry').toArray());
    await lab.at(START);
    await lab.stub.look();
    expect(await lab.stub.state()).toMatchObject({ next_run_at: minute(1) });
    await lab.alarmAt(minute(1));
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ is_running: false, next_run_at: minute(2) });
    await expect.poll(() => runsOf(lab), WITHIN).toEqual([]);
    await expect.poll(() => lab.ledger(), WITHIN).toEqual([before]);
    await lab.alarmAt(minute(2));
    (await lab.end()).end();
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([{}, { outcome: 'completed', scheduled_at: minute(2) }]);
    await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
    expect(lab.offers()).toBe(2);
  });
});
