import { describe, expect, it } from 'vitest';
import { DeploymentStatus } from '#protocol/states.ts';
import { decide, type ScheduleCommand } from './decide.ts';
import type { LedgerChange } from './schedule-state.ts';
import {
  execute,
  minute,
  once,
  play,
  report,
  run,
  runId,
  schedule,
  started,
  T0,
  take,
  tick,
  unstarted,
} from './test-schedule.ts';

const postponed = (number: number, reason = 'no such table'): ScheduleCommand => ({
  type: 'run_postponed',
  deploymentId: runId(number),
  reason,
});
const refused = (number: number): ScheduleCommand => ({
  type: 'run_refused',
  deploymentId: runId(number),
  reason: 'device_ids: none of these devices exists',
});

describe('the start of a run', () => {
  it('that comes at once leaves nothing to explain', () => {
    const { state, ledger } = take(schedule({}, { runs: [unstarted(0)] }), started(0), minute(0) + 200);
    expect(state.runs).toMatchObject([{ startedAt: minute(0) + 200, reason: null }]);
    expect(ledger).toMatchObject([{ outcome: 'running', reason: null, firedAt: minute(0) + 200 }]);
  });

  it('that is put off is late, not lost, and the ledger says why', () => {
    const off = take(schedule({}, { runs: [unstarted(0)] }), postponed(0), minute(0) + 100);
    expect(off.ledger).toMatchObject([
      { outcome: 'due', reason: 'started late: no such table', deploymentId: runId(0) },
    ]);
    const late = take(off.state, started(0), minute(7));
    expect(late.ledger).toMatchObject([
      { outcome: 'running', reason: 'started late: no such table', firedAt: minute(7) },
    ]);
    const end = take(
      late.state,
      report(0, { reason: 'one target failed', status: 'partial', failed: true }),
      minute(8),
    );
    expect(end.ledger).toMatchObject([
      { outcome: 'partial', reason: 'started late: no such table; one target failed' },
    ]);
  });

  it('that was put off for less than a second is not called late', () => {
    const off = take(schedule({}, { runs: [unstarted(0)] }), postponed(0), minute(0) + 100);
    expect(take(off.state, started(0), minute(0) + 999).ledger).toMatchObject([{ reason: null }]);
  });

  it('of a run that makes up for another says both, each once', () => {
    const caughtUp = 'caught up 10 min late: the system was not running at that time';
    const state = schedule({}, { runs: [unstarted(0, { kind: 'catch_up', reason: caughtUp })] });
    const off = play(state, [postponed(0), minute(11)], [postponed(0), minute(12)]);
    expect(off.runs).toMatchObject([{ reason: `${caughtUp}; started late: no such table` }]);
    expect(take(off, started(0), minute(13)).ledger).toMatchObject([
      { reason: `${caughtUp}; started late: no such table` },
    ]);
  });

  it('that is refused ends the run as failed, with the reason, and counts as no run', () => {
    const decision = take(schedule({}, { runs: [unstarted(0)] }), refused(0), T0);
    expect(decision.state).toMatchObject({ status: 'active', executionCount: 0, runs: [] });
    const reason = 'device_ids: none of these devices exists';
    expect(decision.ledger).toMatchObject([{ outcome: 'failed', reason, deploymentId: null, endedAt: T0 }]);
    expect(decision.notices).toEqual([{ type: 'refused', scheduledAt: minute(0), reason }]);
  });

  it('that nobody told of is known from the report of its end', () => {
    const { state, ledger } = take(schedule({}, { runs: [unstarted(0)] }), report(0), minute(1));
    expect(state).toMatchObject({ runs: [], executionCount: 1 });
    expect(ledger).toMatchObject([{ outcome: 'completed', firedAt: minute(0) }]);
  });
});

describe('the report of a run', () => {
  const outcomes: Record<DeploymentStatus, LedgerChange['outcome']> = {
    pending: 'running',
    in_progress: 'running',
    paused: 'running',
    completed: 'completed',
    partial: 'partial',
    failed: 'failed',
    canceled: 'canceled',
  };
  for (const status of DeploymentStatus.options)
    it(`with status ${status} is an entry ${outcomes[status]}`, () => {
      const { state, ledger } = take(schedule({}, { runs: [run(0)] }), report(0, { status }), T0);
      expect(ledger).toMatchObject([{ scheduledAt: minute(0), outcome: outcomes[status], deploymentId: runId(0) }]);
      expect(state.runs).toHaveLength(outcomes[status] === 'running' ? 1 : 0);
      expect(state.executionCount).toBe(outcomes[status] === 'running' ? 0 : 1);
    });

  it('of which nothing ran is skipped, with the reason, and does not count', () => {
    const { state, ledger } = take(
      schedule({ max_executions: 1 }, { runs: [run(0)] }),
      report(0, { ran: false, reason: 'Already queued (max 1)' }),
      T0,
    );
    expect(ledger).toMatchObject([{ outcome: 'skipped', reason: 'Already queued (max 1)' }]);
    expect(state).toMatchObject({ status: 'active', executionCount: 0, runs: [] });
  });

  it('that is late, doubled or of a run nobody knows changes nothing', () => {
    const state = play(schedule({}, { runs: [run(0)] }), [report(0, { version: 5, status: 'in_progress' }), T0]);
    for (const late of [report(0, { version: 5 }), report(0, { version: 4 }), report(9)])
      expect(decide(state, late, T0).type).toBe('rejected');
    const over = take(state, report(0, { version: 6 }), T0).state;
    expect(decide(over, report(0, { version: 7 }), T0)).toEqual({ type: 'rejected', reason: 'no such run is open' });
    expect(over.executionCount).toBe(1);
  });
});

describe('max_executions', () => {
  it('counts runs, well or badly ended, and completes the schedule with the last', () => {
    const two = schedule({ max_executions: 2 });
    const one = play(
      two,
      [tick(1), minute(1)],
      [started(1), minute(1)],
      [report(1, { status: 'failed' }), minute(1) + 9],
    );
    expect(one).toMatchObject({ status: 'active', executionCount: 1 });
    const last = play(one, [tick(2), minute(2)], [started(2), minute(2)]);
    const end = take(last, report(2), minute(2) + 9);
    expect(end.state).toMatchObject({
      status: 'completed',
      statusReason: 'Max executions reached',
      executionCount: 2,
      nextRunAt: null,
    });
    expect(end.notices).toEqual([{ type: 'completed' }]);
  });

  it('is never exceeded by runs in flight, which may still come to count', () => {
    const flying = play(
      schedule({ max_executions: 2 }),
      [tick(1), minute(1)],
      [started(1), minute(1)],
      [tick(2), minute(2)],
    );
    const third = take(flying, tick(3), minute(3));
    expect(third.ledger).toMatchObject([{ outcome: 'skipped', reason: 'Max executions reached (2) with 2 in flight' }]);
    expect(decide(flying, execute(4), minute(3))).toMatchObject({ type: 'rejected' });
    const ended = play(third.state, [started(2), minute(3)], [report(2), minute(3)], [report(1), minute(3)]);
    expect(ended).toMatchObject({ status: 'completed', executionCount: 2, runs: [] });
  });

  it('leaves room again when a run in flight turns out not to have run', () => {
    const flying = play(schedule({ max_executions: 1 }), [tick(1), minute(1)], [started(1), minute(1)]);
    const free = play(flying, [report(1, { ran: false }), minute(1) + 9]);
    expect(take(free, tick(2), minute(2)).ledger).toMatchObject([{ outcome: 'due' }]);
  });

  it('of successes counts neither failures nor what succeeded in part', () => {
    const state = schedule({ max_executions: 1, count: 'successes' });
    const tries = [
      { status: 'failed', failed: true },
      { status: 'partial', failed: true },
      { status: 'canceled' },
      { status: 'completed', ran: false },
    ] as const;
    for (const how of tries)
      expect(play(state, [tick(1), minute(1)], [started(1), minute(1)], [report(1, how), minute(1) + 9])).toMatchObject(
        { status: 'active', executionCount: 0 },
      );
    expect(play(state, [tick(1), minute(1)], [started(1), minute(1)], [report(1), minute(1) + 9])).toMatchObject({
      status: 'completed',
      executionCount: 1,
    });
  });

  it('of successes is never exceeded either: nothing fires while as many are in flight', () => {
    const state = schedule({ max_executions: 2, count: 'successes' }, { executionCount: 1, runs: [run(0)] });
    expect(take(state, tick(1), minute(1)).ledger).toMatchObject([{ outcome: 'skipped' }]);
    const failed = take(state, report(0, { status: 'failed', failed: true }), T0).state;
    expect(take(failed, tick(1), minute(1)).ledger).toMatchObject([{ outcome: 'due' }]);
  });

  it('counts runs by hand as well', () => {
    const state = play(schedule({ max_executions: 1 }), [execute(7), T0], [started(7), T0], [report(7), T0 + 9]);
    expect(state).toMatchObject({ status: 'completed', executionCount: 1 });
  });
});

describe('a schedule that fires once', () => {
  const fired = play(schedule({ recurrence: once(minute(1)) }), [tick(1), minute(1)], [started(1), minute(1)]);

  it('stays active until its run has ended', () => {
    expect(fired).toMatchObject({ status: 'active', nextRunAt: null });
    expect(play(fired, [tick(2), minute(2)])).toBe(fired);
  });

  it('is completed by a run that succeeds, and failed by any other, with the reason', () => {
    expect(take(fired, report(1), minute(2)).state).toMatchObject({ status: 'completed', statusReason: null });
    for (const status of ['failed', 'partial', 'canceled'] as const) {
      const end = take(fired, report(1, { status, failed: status !== 'canceled', reason: 'exit code 1' }), minute(2));
      expect(end.state).toMatchObject({ status: 'failed', statusReason: 'exit code 1', executionCount: 1 });
      expect(end.notices).toEqual([{ type: 'failed' }]);
    }
    const skipped = take(fired, report(1, { ran: false, reason: 'device reserved by mia' }), minute(2));
    expect(skipped.state).toMatchObject({ status: 'failed', statusReason: 'device reserved by mia' });
  });

  it('has failed when its start is refused', () => {
    const due = play(schedule({ recurrence: once(minute(1)) }), [tick(1), minute(1)]);
    expect(take(due, refused(1), minute(1)).state).toMatchObject({ status: 'failed' });
  });

  it('is not over with a run by hand before its time', () => {
    const state = play(schedule({ recurrence: once(minute(1)) }), [execute(7), T0], [started(7), T0], [report(7), T0]);
    expect(state).toMatchObject({ status: 'active', nextRunAt: minute(1) });
  });

  it('is not over with a run by hand while its own goes on', () => {
    const both = play(fired, [execute(7), minute(2) + 1], [started(7), minute(2) + 1], [report(7), minute(3)]);
    expect(both).toMatchObject({ status: 'active' });
    expect(take(both, report(1), minute(4)).state.status).toBe('completed');
  });
});
