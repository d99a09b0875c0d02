import { env, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { ScheduledLab } from '../test/scheduled-lab.ts';

const WITHIN = { timeout: 20_000, interval: 20 };
const minute = (at: number): string => new Date(Date.parse('2030-03-04T10:00:00Z') + at * 60_000).toISOString();
const START = '2030-03-04T10:00:30.000Z';

/** What is pending has been delivered, and the alarm that stood by for it has come and gone. */
const quiet = async (lab: ScheduledLab): Promise<void> => {
  const behind = () =>
    runInDurableObject(lab.stub, ({ core }) => {
      const { version, recorded, published } = core.store.cursors.get();
      return [version - recorded, version - published, core.store.hasNotices()];
    });
  await expect.poll(behind, WITHIN).toEqual([0, 0, false]);
  await runDurableObjectAlarm(lab.stub);
};

/** What a run needs comes up a moment before it: the alarm is for that. */
const momentBefore = (due: string) => (at: string | null) =>
  at !== null && Date.parse(at) < Date.parse(due) && Date.parse(due) - Date.parse(at) <= 9000;

describe('an edit', () => {
  it('moves the alarm at once, sooner and later, and the alarm of before fires nothing', async () => {
    const lab = await ScheduledLab.of(1, START, { recurrence: { type: 'cron', cron_expression: '0 * * * *' } });
    await lab.define();
    await quiet(lab);
    expect(await lab.alarm()).toSatisfy(momentBefore(minute(60)));
    const sooner = await lab.edit({ recurrence: { type: 'cron', cron_expression: '* * * * *' } });
    expect(sooner).toMatchObject({ ok: true, state: { next_run_at: minute(1) } });
    await quiet(lab);
    expect(await lab.alarm()).toSatisfy(momentBefore(minute(1)));
    await lab.edit({ recurrence: { type: 'cron', cron_expression: '30 * * * *' } });
    await lab.alarmAt(minute(1));
    await quiet(lab);
    expect(await lab.alarm()).toSatisfy(momentBefore(minute(30)));
    expect(await lab.ledger()).toEqual([]);
  });

  it('that comes late or twice changes nothing', async () => {
    const lab = await ScheduledLab.of(1, START, { version: 5 });
    await lab.define();
    for (const version of [4, 5])
      expect(await lab.define({ version, name: 'old', max_executions: 1 })).toMatchObject({ ok: true });
    const { name, max } = await runInDurableObject(lab.stub, ({ core }) => ({
      name: core.store.identity.get()?.name,
      max: core.store.state.get()?.definition.max_executions,
    }));
    expect([name, max]).toEqual(['smoke', null]);
  });

  it('fires what was due before it', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.at(minute(1));
    await lab.edit({ recurrence: { type: 'cron', cron_expression: '0 * * * *' } });
    const run = await lab.end();
    run.end();
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ scheduled_at: minute(1), outcome: 'completed' }]);
  });
});

describe('a pause', () => {
  it('fires nothing, keeps no alarm, and is in the ledger when it is over', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    expect(await lab.stub.control('pause')).toMatchObject({ ok: true, state: { status: 'paused', next_run_at: null } });
    await quiet(lab);
    expect(await lab.alarm()).toBeNull();
    await lab.evict();
    await lab.at(minute(3));
    expect(await lab.stub.look()).toEqual([]);
    expect(await lab.stub.control('resume')).toMatchObject({ ok: true, state: { next_run_at: minute(4) } });
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([{ scheduled_at: minute(1), outcome: 'skipped', reason: 'Schedule paused', deployment_id: null }]);
    expect(lab.offers()).toBe(0);
  });

  it('takes back what waits on the host, and lets what runs go on', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    await lab.alarmAt(minute(2));
    await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{}, { status: 'queued' }]);
    await lab.stub.control('pause');
    await expect
      .poll(() => lab.executions(), WITHIN)
      .toMatchObject([{ status: 'queued' }, { status: 'skipped', skip_reason: 'Schedule paused' }]);
    run.end();
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ status: 'paused', execution_count: 1 });
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([{ outcome: 'completed' }, { outcome: 'skipped', reason: 'Schedule paused' }]);
    expect(lab.offers()).toBe(1);
  });
});

describe('a schedule that has ended', () => {
  it('by a person’s word has no alarm, and takes no other word', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    expect(await lab.stub.control('stop')).toMatchObject({ ok: true, state: { status: 'stopped' } });
    await quiet(lab);
    expect(await lab.alarm()).toBeNull();
    expect(await lab.stub.control('resume')).toEqual({ ok: false, message: 'schedule is stopped' });
    expect(await lab.stub.execute()).toEqual({ ok: false, message: 'schedule is stopped' });
    await lab.at(minute(9));
    expect(await lab.stub.look()).toEqual([]);
    await quiet(lab);
    expect([await lab.alarm(), lab.offers()]).toEqual([null, 0]);
  });

  it('by its end date has no alarm, right after that date, and says so once on its hosts', async () => {
    const end = '2030-03-04T10:00:45.500Z';
    const lab = await ScheduledLab.of(1, START, { end_at: Date.parse(end) });
    await lab.define();
    await quiet(lab);
    expect(await lab.alarm()).toBe('2030-03-04T10:00:45.501Z');
    await lab.alarmAt('2030-03-04T10:00:45.501Z');
    expect(await lab.stub.state()).toMatchObject({ status: 'expired', status_reason: 'End date reached' });
    await quiet(lab);
    await lab.stub.look();
    await lab.stub.look();
    await quiet(lab);
    expect(await lab.alarm()).toBeNull();
    await expect
      .poll(async () => (await lab.hostLog()).filter((line) => line.includes('EXPIRED')).length, WITHIN)
      .toBe(1);
  });

  it('by its limit has no alarm', async () => {
    const lab = await ScheduledLab.of(1, START, { max_executions: 1 });
    await lab.define();
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    run.end();
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ status: 'completed', execution_count: 1 });
    await quiet(lab);
    expect(await lab.alarm()).toBeNull();
  });
});

describe('a schedule that is removed', () => {
  const rows = (lab: ScheduledLab) =>
    runInDurableObject(lab.stub, async (_instance, { storage }) => ({
      entries: storage.sql.exec('select * from entry').toArray().length,
      notices: storage.sql.exec('select * from notice').toArray().length,
      keys: [...storage.kv.list()].map(([key]) => key),
      alarm: await storage.getAlarm(),
    }));

  it('forgets everything, keeps no alarm, and late reports change nothing', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'running' }]);
    const [deployment] = await lab.deployments();
    if (deployment === undefined) throw new Error('a deployment');
    await env.DB.prepare('delete from schedules where id = ?').bind(lab.id).run();
    await lab.stub.remove();
    await expect.poll(() => lab.stub.state(), WITHIN).toBeNull();
    run.end();
    await expect
      .poll(async () => (await env.DEPLOYMENT.getByName(deployment).summary())?.status, WITHIN)
      .toBe('completed');
    const report = await env.DEPLOYMENT.getByName(deployment).runReport();
    if (report === null) throw new Error('a report');
    await lab.stub.reportRun({ ...report, version: report.version + 1 });
    for (const look of [() => lab.stub.look(), async () => lab.evict(), () => lab.stub.look()]) await look();
    expect(await rows(lab)).toEqual({ entries: 0, notices: 0, keys: ['schema_version'], alarm: null });
    expect(await lab.stub.control('resume')).toEqual({ ok: false, message: 'there is no such schedule' });
    expect(await lab.stub.execute()).toMatchObject({ ok: false });
    expect(await lab.hostLog()).toEqual(expect.arrayContaining([expect.stringContaining('REMOVED: smoke')]));
  });
});
