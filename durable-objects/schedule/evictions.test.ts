import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { ScheduledLab } from '../test/scheduled-lab.ts';

const WITHIN = { timeout: 20_000, interval: 20 };
const minute = (at: number): string => new Date(Date.parse('2030-03-04T10:00:00Z') + at * 60_000).toISOString();
const START = '2030-03-04T10:00:30.000Z';

const onlyDeployment = async (lab: ScheduledLab) => {
  await expect.poll(async () => (await lab.deployments()).length, WITHIN).toBe(1);
  const [deployment] = await lab.deployments();
  if (deployment === undefined) throw new Error('a deployment');
  return env.DEPLOYMENT.getByName(deployment);
};

describe('a schedule whose objects are evicted', () => {
  it('between every step fires, queues, counts and ends as if nothing had been', async () => {
    const lab = await ScheduledLab.of(1, START, { max_executions: 2 });
    await lab.define();
    await lab.evictAll();
    expect(await lab.alarm()).not.toBeNull();
    await lab.alarmAt(minute(1));
    const first = await lab.end();
    await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{ status: 'queued' }]);
    await lab.evictAll();
    await lab.alarmAt(minute(2));
    await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{}, { status: 'queued' }]);
    await lab.evictAll();
    await lab.alarmAt(minute(3));
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{}, {}, { outcome: 'skipped' }]);
    await lab.evictAll();
    first.end();
    const second = await lab.end();
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ execution_count: 1 });
    await lab.evictAll();
    second.end();
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ status: 'completed', execution_count: 2 });
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([
        { outcome: 'completed' },
        { outcome: 'completed' },
        { outcome: 'skipped', reason: 'Max executions reached (2) with 2 in flight' },
      ]);
    expect(lab.offers()).toBe(2);
  });

  it('after a start that it could not note starts the same deployment again, not another', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.at(minute(1));
    await lab.misses('run_started');
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    await lab.evict();
    await lab.alarmAt(minute(1));
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'running' }]);
    run.end();
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ execution_count: 1, is_running: false });
    await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{ status: 'completed' }]);
    expect(lab.offers()).toBe(1);
  });

  it('after a start that it could not note keeps that run, also when it could not start any more', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.at(minute(1));
    await lab.misses('run_started');
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    await env.DB.prepare('delete from devices where id = ?').bind(lab.hosts[0]?.self_device_id).run();
    await lab.evict();
    await lab.alarmAt(minute(1));
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'running', reason: null }]);
    run.end();
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ execution_count: 1, is_running: false });
  });

  it('fires an instant once when its alarm comes twice', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt(minute(1));
    await lab.alarmAt(minute(1));
    await lab.evict();
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    run.end();
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'completed' }]);
    expect(lab.offers()).toBe(1);
  });
});

describe('the end of a run', () => {
  it('is told by its deployment although that was evicted before it could', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    const deployment = await onlyDeployment(lab);
    await lab.misses('run_reported');
    run.end();
    await expect.poll(async () => (await deployment.summary())?.status, WITHIN).toBe('completed');
    const told = () => runInDurableObject(deployment, ({ core }) => core.store.run.get().told);
    await expect.poll(told, WITHIN).toMatch(/^completed/);
    await lab.evict();
    expect(await lab.stub.state()).toMatchObject({ execution_count: 0, is_running: false });
    // As after a crash between the commit and the call: the rows say that the schedule must be told.
    await runInDurableObject(deployment, async ({ core }, { storage }) => {
      core.store.run.set({ ...core.store.run.get(), told: '' });
      await storage.setAlarm(Date.now() + 60_000);
    });
    await evictDurableObject(deployment);
    await runDurableObjectAlarm(deployment);
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ execution_count: 1 });
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'completed' }]);
  });

  it('whose report was lost is found by the look of each minute, once', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    const deployment = await onlyDeployment(lab);
    await lab.misses('run_reported');
    run.end();
    await expect.poll(async () => (await deployment.summary())?.status, WITHIN).toBe('completed');
    const report = await deployment.runReport();
    await lab.evict();
    expect(await lab.stub.look()).toEqual([`took the end of ${report?.deployment_id}`]);
    expect(await lab.stub.state()).toMatchObject({ execution_count: 1, is_running: false });
    expect(await lab.stub.look()).toEqual([]);
    if (report === null) throw new Error('a report');
    await lab.stub.reportRun(report);
    expect(await lab.stub.state()).toMatchObject({ execution_count: 1 });
  });
});

it('an instant that is due when the end of the last run arrives is answered for, although the alarm is late', async () => {
  const lab = await ScheduledLab.of(1, START, { max_executions: 1 });
  await lab.define();
  await lab.alarmAt(minute(1));
  const run = await lab.end();
  await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'running' }]);
  await lab.at(minute(2));
  run.end();
  await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ status: 'completed' });
  await expect
    .poll(() => lab.ledger(), WITHIN)
    .toMatchObject([
      { scheduled_at: minute(1), outcome: 'completed' },
      { scheduled_at: minute(2), outcome: 'skipped', reason: 'Max executions reached (1) with one in flight' },
    ]);
});

it('a look that finds nothing due is no news: nothing is written and nobody is told', async () => {
  const lab = await ScheduledLab.of(1, START);
  await lab.define();
  const told = () =>
    env.DB.prepare('select state_version from schedules where id = ?').bind(lab.id).first<number>('state_version');
  await expect.poll(told, WITHIN).toBe(1);
  for (let look = 0; look < 3; look++) expect(await lab.stub.look()).toEqual([]);
  await lab.evict();
  await lab.stub.look();
  expect(await lab.alarm()).not.toBeNull();
  await expect.poll(() => lab.hostLog(), WITHIN).toEqual(expect.arrayContaining([expect.stringContaining('ADDED')]));
  expect(await told()).toBe(1);
});
