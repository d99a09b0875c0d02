import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { LiveEvent } from '#protocol/live/events.ts';
import { id } from '../test/ids.ts';
import { Viewer } from '../test/live-viewer.ts';
import { ScheduledLab } from '../test/scheduled-lab.ts';

const WITHIN = { timeout: 20_000, interval: 20 };
const minute = (at: number): string => new Date(Date.parse('2030-03-04T10:00:00Z') + at * 60_000).toISOString();
const START = '2030-03-04T10:00:30.000Z';

const hostOf = (lab: ScheduledLab, index: number) => {
  const host = lab.hosts[index];
  if (host === undefined) throw new Error(`no host ${index}`);
  return host;
};
const reserve = (lab: ScheduledLab, index: number) =>
  env.HOST.getByName(hostOf(lab, index).host_id).reserve({
    device_key: 'self',
    user_id: id('user'),
    user_name: 'mia',
    reason: 'debugging',
    seconds: 600,
    take_over: false,
  });
const execution = async (lab: ScheduledLab, index: number, at: number) =>
  (await lab.executions()).find(
    ({ device_id, scheduled_at }) => device_id === hostOf(lab, index).self_device_id && scheduled_at === minute(at),
  );

describe('a schedule over two hosts of which a person has one', () => {
  it('runs on the other, skips that one with the reason, and counts one run', async () => {
    const lab = await ScheduledLab.of(2, START);
    await lab.define();
    await reserve(lab, 1);
    await lab.alarmAt(minute(1));
    const run = await lab.end(0);
    await expect
      .poll(() => execution(lab, 1, 1), WITHIN)
      .toMatchObject({ status: 'skipped', skip_reason: expect.stringContaining('device reserved by mia until') });
    run.end();
    await expect.poll(() => execution(lab, 0, 1), WITHIN).toMatchObject({ status: 'completed', success: 1 });
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([{ outcome: 'completed', reason: expect.stringContaining('device reserved by mia') }]);
    expect(await lab.stub.state()).toMatchObject({ execution_count: 1 });
    expect(lab.offers(1)).toBe(0);
    expect(await lab.hostLog(1)).toEqual(
      expect.arrayContaining([expect.stringMatching(/SKIPPED: smoke \| device reserved/)]),
    );
  });

  it('that has no other counts as no run at all', async () => {
    const lab = await ScheduledLab.of(1, START, { max_executions: 1 });
    await lab.define();
    await reserve(lab, 0);
    await lab.alarmAt(minute(1));
    await expect
      .poll(() => lab.ledger(), WITHIN)
      .toMatchObject([{ outcome: 'skipped', reason: expect.stringContaining('device reserved by mia') }]);
    expect(await lab.stub.state()).toMatchObject({ status: 'active', execution_count: 0, next_run_at: minute(2) });
    // It has fired all the same: a clock that goes back does not fire it again.
    await lab.at(START);
    expect(await lab.stub.look()).toEqual([]);
    expect(await lab.stub.state()).toMatchObject({ next_run_at: minute(2) });
  });
});

it('an execution goes through its states in the record, with times and their outcome', async () => {
  const lab = await ScheduledLab.of(1, START);
  await lab.define();
  await lab.alarmAt(minute(1));
  const run = await lab.end(0, { outcome: 'failed', reason: 'exit_code', exit_code: 1, message: 'exited with code 1' });
  await expect
    .poll(() => lab.executions(), WITHIN)
    .toMatchObject([{ status: 'queued', started_at: null, completed_at: null, success: null, kind: 'scheduled' }]);
  lab.agent().send({
    type: 'job.progress',
    target_id: run.job.target_id,
    attempt: 1,
    status: 'running',
    percent: null,
    message: null,
  });
  await expect
    .poll(() => lab.executions(), WITHIN)
    .toMatchObject([{ status: 'running', started_at: expect.any(String), completed_at: null, success: null }]);
  run.end();
  await expect
    .poll(() => lab.executions(), WITHIN)
    .toMatchObject([
      {
        status: 'failed',
        success: 0,
        completed_at: expect.any(String),
        error_message: 'exited with code 1',
        skip_reason: null,
        device_id: hostOf(lab, 0).self_device_id,
        device_name: 'lab-1',
        target_id: run.job.target_id,
        deployment_id: run.job.deployment_id,
      },
    ]);
});

it('dashboards hear of the schedule and of its executions, up to the end', async () => {
  const lab = await ScheduledLab.of(1, START, { max_executions: 1 });
  const team = env.TEAM.getByName(hostOf(lab, 0).team_id);
  const viewer = new Viewer(await team.fetch('https://team/live', { headers: { upgrade: 'websocket' } }), (text) =>
    LiveEvent.parse(JSON.parse(text)),
  );
  await lab.define();
  await viewer.until((frames) => frames.some(({ event }) => event === 'schedule_updated'));
  await lab.alarmAt(minute(1));
  const run = await lab.end();
  run.end();
  const frames = await viewer.until((all) =>
    all.some((frame) => frame.event === 'schedule_updated' && frame.data.status === 'completed'),
  );
  const schedules = frames.flatMap((frame) => (frame.event === 'schedule_updated' ? [frame.data] : []));
  expect(schedules[0]).toMatchObject({ id: lab.id, name: 'smoke', edited: true, next_run_at: minute(1) });
  expect(schedules.at(-1)).toMatchObject({ edited: false, execution_count: 1, next_run_at: null, is_running: false });
  await viewer.until((all) =>
    all.some((frame) => frame.event === 'execution_updated' && frame.data.status === 'completed'),
  );
  const executions = frames.flatMap((frame) => (frame.event === 'execution_updated' ? [frame.data] : []));
  expect(executions[0]).toMatchObject({ schedule_id: lab.id, schedule_name: 'smoke', scheduled_at: minute(1) });
});

it('what a schedule says of itself is in a host’s log once, also when it is said again', async () => {
  const lab = await ScheduledLab.of(2, START);
  await lab.define();
  const line = '➕ ADDED: smoke | Frequency: * * * * * | Next execution: 2030-03-04 10:01:00 UTC';
  for (const index of [0, 1])
    await expect.poll(() => lab.hostLog(index), WITHIN).toEqual(expect.arrayContaining([line]));
  const host = env.HOST.getByName(hostOf(lab, 0).host_id);
  const again = { schedule_id: lab.id, version: 1, entries: [{ level: 'info' as const, text: line }], withdraw: null };
  await host.noteSchedule(again);
  await host.noteSchedule({ ...again, version: 2, entries: [{ level: 'info', text: 'the next' }] });
  await host.noteSchedule(again);
  const lines = (await lab.hostLog()).filter((text) => text === line || text === 'the next');
  expect(lines).toEqual([line, 'the next']);
  await expect.poll(() => runInDurableObject(lab.stub, ({ core }) => core.store.hasNotices()), WITHIN).toBe(false);
});
