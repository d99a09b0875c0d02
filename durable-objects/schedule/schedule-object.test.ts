import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { ScheduledLab } from '../test/scheduled-lab.ts';

const WITHIN = { timeout: 20_000, interval: 20 };
const minute = (at: number): string => new Date(Date.parse('2030-03-04T10:00:00Z') + at * 60_000).toISOString();
const START = '2030-03-04T10:00:30.000Z';

describe('a schedule that fires every minute', () => {
  it('fires at its instant, runs on the agent, counts the run, and arms the next one', async () => {
    const lab = await ScheduledLab.of(1, START);
    expect(await lab.define()).toMatchObject({ ok: true, state: { status: 'active', next_run_at: minute(1) } });
    expect(await lab.alarmAt(minute(1))).toBe(true);
    const run = await lab.end();
    await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{ status: 'queued', scheduled_at: minute(1) }]);
    run.end();
    await expect
      .poll(() => lab.stub.state(), WITHIN)
      .toMatchObject({ execution_count: 1, next_run_at: minute(2), is_running: false });
    await expect.poll(() => lab.executions(), WITHIN).toMatchObject([{ status: 'completed', success: 1 }]);
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([{ outcome: 'completed', kind: 'scheduled', reason: null }]);
  });

  it('brings up what a run needs a moment before it is due, and fires on time and once', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    const early = new Date(Date.parse(minute(1)) - 1000).toISOString();
    await lab.alarmAt(early);
    const prepared = await runInDurableObject(lab.stub, ({ core }) => core.store.prepared.get());
    expect(prepared?.at).toBe(Date.parse(minute(1)));
    expect(await lab.ledger()).toEqual([]);
    expect(await lab.alarm()).toBe(minute(1));
    await lab.evict();
    await lab.alarmAt(minute(1));
    const run = await lab.end();
    expect(run.job.deployment_id).toBe(prepared?.deploymentId);
    run.end();
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'completed' }]);
  });

  it('fires an instant once, however often the alarm comes', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt(minute(1));
    await evictDurableObject(lab.stub);
    await lab.at(minute(1));
    await lab.stub.look();
    await lab.stub.look();
    const run = await lab.end();
    run.end();
    await expect.poll(() => lab.ledger(), WITHIN).toMatchObject([{ outcome: 'completed' }]);
    expect(lab.agent().received.filter(({ type }) => type === 'job.offer')).toHaveLength(1);
  });

  it('one runs, one waits, a third is skipped; the waiting one starts when the running one ends badly', async () => {
    const lab = await ScheduledLab.of(1, START);
    await lab.define();
    await lab.alarmAt(minute(1));
    const first = await lab.end(0, {
      outcome: 'failed',
      reason: 'exit_code',
      exit_code: 1,
      message: 'exited with code 1',
    });
    await lab.alarmAt(minute(2));
    await expect.poll(async () => (await lab.executions()).length, WITHIN).toBe(2);
    await lab.alarmAt(minute(3));
    await expect
      .poll(() => lab.executions(), WITHIN)
      .toMatchObject([{}, { status: 'queued' }, { status: 'skipped', skip_reason: 'Already queued (max 1)' }]);
    first.end();
    const second = await lab.end();
    second.end();
    await expect
      .poll(() => lab.executions(), WITHIN)
      .toMatchObject([
        { status: 'failed', error_message: 'exited with code 1' },
        { status: 'completed' },
        { status: 'skipped' },
      ]);
    await expect.poll(() => lab.stub.state(), WITHIN).toMatchObject({ execution_count: 2 });
    expect(await lab.hostLog()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^❌ COMPLETED: smoke \| Duration: [\d.]+s \| Success: False \| Executions: 1\/∞ \| exited with code 1$/,
        ),
        '🔄 EXECUTING QUEUED: smoke | Queued at: 2030-03-04 10:02:00',
        expect.stringMatching(/^✅ COMPLETED: smoke \| Duration: [\d.]+s \| Success: True \| Executions: 2\/∞$/),
      ]),
    );
  });
});
