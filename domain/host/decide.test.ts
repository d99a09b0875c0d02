import { describe, expect, it } from 'vitest';
import { decide, type HostCommand } from './decide.ts';
import type { HostDecision, HostJob, HostState } from './host-state.ts';
import { CANCEL_GRACE_MS, RECONNECT_GRACE_MS, REPORT_GRACE_MS } from './limits.ts';
import {
  deploymentId,
  hostState,
  job,
  offline,
  reservation,
  result,
  runningJob,
  sentJob,
  T0,
  targetId,
} from './test-state.ts';

const now = T0 + 1000;

const accepted = (decision: HostDecision): Extract<HostDecision, { type: 'accepted' }> => {
  if (decision.type === 'rejected') throw new Error(decision.reason);
  return decision;
};

const jobAfter = (state: HostState, command: HostCommand, at = now): HostJob => {
  const [first] = accepted(decide(state, command, at)).state.jobs;
  if (first === undefined) throw new Error('no job');
  return first;
};

const cancel: HostCommand = { type: 'cancel', deploymentId: deploymentId(1), targetIds: [targetId(1)] };
const progress = (status: 'downloading' | 'running'): HostCommand => ({
  type: 'job_progress',
  progress: { type: 'job.progress', target_id: targetId(1), attempt: 1, status, percent: 10, message: null },
});
const takeResult: HostCommand = { type: 'job_result', result: result(1) };
const ended = (status: 'completed' | 'failed' | 'canceled' | 'skipped'): HostJob =>
  runningJob(1, {
    status,
    holdsDevice: false,
    deadlineAt: null,
    end: { reason: 'ok', message: '', details: null, exitCode: 0, at: T0 },
  });

/** Every state of a job against every command that names it: the status afterwards, or that it is refused. */
describe('a job in each state takes', () => {
  const states: [string, HostJob][] = [
    ['waiting', job(1, { deviceKey: 'away' })],
    ['sent', sentJob(1)],
    ['downloading', runningJob(1, { status: 'downloading' })],
    ['running', runningJob(1)],
    ['verifying', runningJob(1, { status: 'verifying' })],
    ['completed', ended('completed')],
    ['failed', ended('failed')],
    ['canceled', ended('canceled')],
    ['skipped', ended('skipped')],
  ];
  const commands: [string, HostCommand, Record<string, string>][] = [
    [
      'progress',
      progress('running'),
      { waiting: 'rejected', sent: 'running', downloading: 'running', running: 'running', verifying: 'verifying' },
    ],
    [
      'a result',
      takeResult,
      {
        waiting: 'rejected',
        sent: 'completed',
        downloading: 'completed',
        running: 'completed',
        verifying: 'completed',
      },
    ],
    [
      'cancel',
      cancel,
      {
        waiting: 'canceled',
        sent: 'queued',
        downloading: 'downloading',
        running: 'running',
        verifying: 'verifying',
        completed: 'completed',
        failed: 'failed',
        canceled: 'canceled',
        skipped: 'skipped',
      },
    ],
    [
      'host removed',
      { type: 'host_removed' },
      {
        waiting: 'failed',
        sent: 'failed',
        downloading: 'failed',
        running: 'failed',
        verifying: 'failed',
        completed: 'completed',
        failed: 'failed',
        canceled: 'canceled',
        skipped: 'skipped',
      },
    ],
  ];
  for (const [commandName, command, expected] of commands)
    for (const [stateName, state] of states)
      it(`${commandName} when ${stateName}: ${expected[stateName] ?? 'rejected'}`, () => {
        const waits = { ...state, waitUntil: !state.sent ? T0 + 100_000 : null };
        const decision = decide(hostState({ jobs: [waits] }), command, now);
        const status = decision.type === 'rejected' ? 'rejected' : decision.state.jobs[0]?.status;
        expect(status).toBe(expected[stateName] ?? 'rejected');
      });
});

describe('dispatch', () => {
  it('hands over the first waiting job of each free device, and holds the device', () => {
    const jobs = [job(1), job(2), job(3, { deviceKey: 'phone' })];
    const decision = accepted(decide(hostState(), { type: 'enqueue', jobs }, now));
    expect(decision.effects).toEqual([
      { type: 'offer', targetId: targetId(1) },
      { type: 'offer', targetId: targetId(3) },
    ]);
    expect(decision.state.jobs.map((one) => one.holdsDevice)).toEqual([true, false, true]);
    expect(decision.state.jobs[1]?.waitingFor).toContain(`device locked by ${deploymentId(1)} until`);
  });

  it('starts the next job of a device with the result of the one before', () => {
    const decision = accepted(decide(hostState({ jobs: [runningJob(1), job(2)] }), takeResult, now));
    expect(decision.effects).toEqual([
      { type: 'acknowledge', targetId: targetId(1), attempt: 1 },
      { type: 'offer', targetId: targetId(2) },
    ]);
  });

  it('passes over a device that a person reserved, until the reservation ends', () => {
    const reserved = hostState({ jobs: [job(1)], reservations: [reservation()] });
    expect(accepted(decide(reserved, { type: 'tick' }, now)).effects).toEqual([]);
    expect(jobAfter(reserved, { type: 'tick' }).waitingFor).toBe('device reserved by mia until 2026-03-01T12:10:00Z');
    expect(accepted(decide(reserved, { type: 'tick' }, T0 + 600_000)).effects).toEqual([
      { type: 'offer', targetId: targetId(1) },
    ]);
  });

  it('fails a job of a device that is not attached, or lets it wait if the spec says so', () => {
    expect(jobAfter(hostState(), { type: 'enqueue', jobs: [job(1, { deviceKey: 'away' })] })).toMatchObject({
      status: 'failed',
      end: { reason: 'not_attached' },
    });
    const waits = jobAfter(hostState(), { type: 'enqueue', jobs: [job(1, { deviceKey: 'away', waitUntil: now + 1 })] });
    expect(waits).toMatchObject({ status: 'queued', waitingFor: 'device is not attached to its host' });
  });
});

describe('an offline host', () => {
  it('with policy fail fails a job at once after a goodbye, and after a grace when the socket broke', () => {
    expect(jobAfter(hostState({ connection: offline() }), { type: 'enqueue', jobs: [job(1)] })).toMatchObject({
      status: 'failed',
      end: { reason: 'offline' },
    });
    const broken = accepted(decide(hostState(), { type: 'connection_lost', goodbye: false }, T0)).state;
    const waiting = accepted(decide(broken, { type: 'enqueue', jobs: [job(1)] }, T0)).state;
    expect(waiting.jobs[0]?.status).toBe('queued');
    expect(jobAfter(waiting, { type: 'tick' }, T0 + RECONNECT_GRACE_MS)).toMatchObject({ status: 'failed' });
    const back = accepted(decide(waiting, { type: 'connected', jobs: [], attached: new Set(['self']) }, T0 + 1));
    expect(back.effects).toEqual([{ type: 'offer', targetId: targetId(1) }]);
  });

  it('with policy wait keeps a job until its time is over', () => {
    const waits = hostState({ connection: offline(), jobs: [job(1, { waitUntil: T0 + 5000 })] });
    expect(jobAfter(waits, { type: 'tick' }, T0 + 4999).status).toBe('queued');
    expect(jobAfter(waits, { type: 'tick' }, T0 + 5000)).toMatchObject({
      status: 'failed',
      end: { message: expect.stringContaining('the job expired') },
    });
  });

  it('keeps the device of a canceled job that may still run there, and frees it with the late result', () => {
    const gone = hostState({ connection: offline(), jobs: [runningJob(1)] });
    const canceled = accepted(decide(gone, cancel, now)).state;
    expect(canceled.jobs[0]).toMatchObject({ status: 'canceled', holdsDevice: true });
    const back = accepted(
      decide(
        canceled,
        {
          type: 'connected',
          jobs: [{ target_id: targetId(1), attempt: 1, state: 'started' }],
          attached: new Set(['self']),
        },
        now,
      ),
    );
    expect(back.effects).toContainEqual({ type: 'cancel', targetId: targetId(1), attempt: 1, reason: 'canceled' });
    const after = accepted(decide(back.state, takeResult, now));
    expect(after.state.jobs[0]).toMatchObject({ status: 'canceled', holdsDevice: false });
  });
});

describe('time', () => {
  it('ends a job that was not reported on in its time limit and the grace, and frees the device', () => {
    const running = hostState({ jobs: [runningJob(1)] });
    expect(jobAfter(running, { type: 'tick' }, T0 + 60_000 + REPORT_GRACE_MS - 1).status).toBe('running');
    expect(jobAfter(running, { type: 'tick' }, T0 + 60_000 + REPORT_GRACE_MS)).toMatchObject({
      status: 'failed',
      holdsDevice: false,
      end: { reason: 'timed_out' },
    });
  });

  it('does not run for a job that a connected agent has not begun', () => {
    expect(jobAfter(hostState({ jobs: [sentJob(1)] }), { type: 'tick' }, T0 + 90_000)).toMatchObject({
      status: 'queued',
      deadlineAt: T0 + 180_000,
    });
  });

  it('ends a cancel that the agent does not confirm', () => {
    const asked = accepted(decide(hostState({ jobs: [runningJob(1)] }), cancel, now)).state;
    expect(jobAfter(asked, { type: 'tick' }, now + CANCEL_GRACE_MS)).toMatchObject({
      status: 'canceled',
      holdsDevice: false,
    });
  });
});

describe('retries', () => {
  const failed = (overrides: Parameters<typeof result>[1] = {}): HostCommand => ({
    type: 'job_result',
    result: result(1, { outcome: 'failed', reason: 'exit_code', exit_code: 1, ...overrides }),
  });
  it('start the next attempt at once', () => {
    const decision = accepted(decide(hostState({ jobs: [runningJob(1, { retriesLeft: 1 })] }), failed(), now));
    expect(decision.state.jobs[0]).toMatchObject({ attempt: 2, retriesLeft: 0, sent: true, status: 'queued' });
  });

  it('never follow a refusal, a cancel, or an interruption of what is not idempotent', () => {
    for (const reason of ['policy_refused', 'unsupported', 'path_refused', 'interrupted'] as const)
      expect(jobAfter(hostState({ jobs: [runningJob(1, { retriesLeft: 1 })] }), failed({ reason })).status).toBe(
        'failed',
      );
    expect(
      jobAfter(hostState({ jobs: [runningJob(1, { retriesLeft: 1, cancelRequested: true })] }), failed()).status,
    ).toBe('failed');
    expect(
      jobAfter(
        hostState({ jobs: [runningJob(1, { retriesLeft: 1, idempotent: true })] }),
        failed({ reason: 'interrupted' }),
      ).attempt,
    ).toBe(2);
  });

  it('ignore what an earlier attempt still says', () => {
    const second = hostState({ jobs: [runningJob(1, { attempt: 2 })] });
    expect(decide(second, takeResult, now)).toMatchObject({
      type: 'rejected',
      effects: [{ type: 'acknowledge', attempt: 1 }],
    });
  });
});
