import { describe, expect, it } from 'vitest';
import { nextWake } from './next-wake.ts';
import {
  definition,
  EVERY_MINUTE,
  edit,
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
  withdrawn,
} from './test-schedule.ts';

/** A run in flight and one that is not known to have started. */
const runs = [run(-1), unstarted(0)];

describe('an edit', () => {
  it('moves the next run and the wake at once, sooner or later', () => {
    const hourly = definition({ recurrence: { type: 'cron', cron_expression: '0 * * * *' } });
    const state = play(null, [{ type: 'define', definition: hourly }, T0]);
    expect(nextWake(state)).toBe(minute(60));
    const sooner = take(state, edit({}), T0);
    expect(sooner.state.nextRunAt).toBe(minute(1));
    expect(nextWake(sooner.state)).toBe(minute(1));
    expect(sooner.notices).toEqual([{ type: 'edited' }]);
    const later = take(
      sooner.state,
      edit({ version: 3, recurrence: { type: 'daily', time: '09:30' }, timezone: 'Asia/Kolkata' }),
      T0,
    );
    expect(later.state.nextRunAt).toBe(Date.parse('2026-03-05T04:00:00Z'));
  });

  it('that is older than what the schedule has changes nothing', () => {
    const state = play(schedule(), [edit({ version: 5, max_executions: 7 }), T0]);
    for (const version of [4, 5])
      expect(take(state, edit({ version, max_executions: 1, recurrence: once(minute(3)) }), T0).state).toBe(state);
  });

  it('keeps counts and runs, and ends the schedule at once when the new limits are reached', () => {
    const state = schedule({}, { executionCount: 3, runs: [run(0)] });
    expect(take(state, edit({ max_executions: 4 }), T0).state).toMatchObject({ status: 'active', executionCount: 3 });
    const over = take(state, edit({ max_executions: 3 }), T0);
    expect(over.state).toMatchObject({
      status: 'completed',
      statusReason: 'Max executions reached',
      nextRunAt: null,
      runs: [run(0)],
    });
    expect(over.notices).toEqual([{ type: 'edited' }, { type: 'completed' }]);
    expect(take(state, edit({ endAt: T0 - 1 }), T0).state).toMatchObject({
      status: 'expired',
      statusReason: 'End date reached',
    });
    expect(take(state, edit({ endAt: T0 }), T0).state.status).toBe('active');
  });

  it('while paused does not start it, and applies when it is resumed', () => {
    const paused = play(schedule(), [{ type: 'pause' }, T0]);
    const edited = take(paused, edit({ recurrence: { type: 'cron', cron_expression: '*/5 * * * *' } }), T0 + 1000);
    expect(edited.state).toMatchObject({ status: 'paused', nextRunAt: null });
    expect(nextWake(edited.state)).toBeNull();
    expect(take(edited.state, { type: 'resume' }, minute(2)).state.nextRunAt).toBe(minute(5));
  });
});

describe('a pause', () => {
  it('ends with one entry for all the instants that fell into it', () => {
    const paused = play(schedule(), [{ type: 'pause' }, T0], [tick(1), minute(1)], [tick(2), minute(2)]);
    const resumed = take(paused, { type: 'resume' }, minute(3));
    expect(resumed.ledger).toEqual([
      expect.objectContaining({
        scheduledAt: minute(1),
        until: minute(3),
        kind: 'scheduled',
        outcome: 'skipped',
        reason: 'Schedule paused',
        deploymentId: null,
      }),
    ]);
    expect(resumed.state).toMatchObject({ status: 'active', nextRunAt: minute(4), pausedAt: null, runs: [] });
    expect(resumed.notices).toEqual([{ type: 'resumed' }]);
  });

  it('into which nothing fell leaves no entry', () => {
    const paused = play(schedule(), [{ type: 'pause' }, T0]);
    expect(take(paused, { type: 'resume' }, minute(1) - 1).ledger).toEqual([]);
  });

  it('in which the definition changes has an entry for what each of them would have fired', () => {
    const paused = play(schedule(), [{ type: 'pause' }, T0]);
    const edited = take(paused, edit({ recurrence: { type: 'cron', cron_expression: '*/10 * * * *' } }), minute(3));
    expect(edited.ledger).toMatchObject([{ scheduledAt: minute(1), until: minute(3), reason: 'Schedule paused' }]);
    const resumed = take(edited.state, { type: 'resume' }, minute(25));
    expect(resumed.ledger).toMatchObject([{ scheduledAt: minute(10), until: minute(25), reason: 'Schedule paused' }]);
  });

  it('lets runs in flight go on, and withdraws what is not known to have started', () => {
    const paused = take(schedule({}, { runs }), { type: 'pause' }, T0);
    expect(paused.state.runs).toEqual([run(-1), unstarted(0, { withdrawn: 'Schedule paused' })]);
    expect(take(paused.state, report(-1), minute(2)).state).toMatchObject({ status: 'paused', executionCount: 1 });
  });

  it('takes back a withdrawn run once it is known not to have started', () => {
    const paused = take(schedule({}, { runs }), { type: 'pause' }, T0);
    const back = take(paused.state, withdrawn(0), minute(2));
    expect(back.state.runs).toEqual([run(-1)]);
    expect(back.ledger).toMatchObject([
      { scheduledAt: minute(0), outcome: 'skipped', reason: 'Schedule paused', deploymentId: null, endedAt: minute(2) },
    ]);
  });

  it('lets a run go on whose start was under way, and counts it', () => {
    const paused = take(schedule({}, { runs }), { type: 'pause' }, T0);
    const late = take(paused.state, started(0), T0 + 20);
    expect(late.ledger).toMatchObject([{ scheduledAt: minute(0), outcome: 'running', deploymentId: runId(0) }]);
    expect(take(late.state, report(0), minute(2)).state).toMatchObject({ status: 'paused', executionCount: 1 });
  });

  it('that is over does not bring a withdrawn run back, and it takes no place from others', () => {
    const waiting = [unstarted(-2), unstarted(-1)];
    const resumed = play(schedule({}, { runs: waiting }), [{ type: 'pause' }, T0], [{ type: 'resume' }, T0 + 1]);
    expect(resumed.runs.map((one) => one.withdrawn)).toEqual(['Schedule paused', 'Schedule paused']);
    expect(take(resumed, tick(1), minute(1)).ledger).toMatchObject([{ outcome: 'due' }]);
  });

  it('does not keep a person from executing it now', () => {
    const decision = take(play(schedule(), [{ type: 'pause' }, T0]), execute(7), minute(5) + 1);
    expect(decision.state).toMatchObject({ status: 'paused', nextRunAt: null, runs: [{ kind: 'manual' }] });
  });
});

describe('stop and remove', () => {
  it('withdraw what is not known to have started, and let runs in flight go on', () => {
    for (const [command, reason] of [
      [{ type: 'stop', reason: 'by hand' }, 'Schedule stopped'],
      [{ type: 'remove' }, 'Schedule deleted'],
    ] as const) {
      const decision = take(schedule({}, { runs }), command, T0);
      expect(decision.state).toMatchObject({
        status: 'stopped',
        nextRunAt: null,
        runs: [run(-1), { withdrawn: reason }],
      });
      expect(decision.notices).toEqual([{ type: command.type === 'stop' ? 'stopped' : 'removed' }]);
      const back = take(decision.state, withdrawn(0), T0 + 1);
      expect(back.ledger).toMatchObject([{ scheduledAt: minute(0), outcome: 'skipped', reason }]);
      expect(back.state.runs).toEqual([run(-1)]);
    }
  });

  it('of which the first keeps why, whatever is said later', () => {
    const why = 'none of its devices exists any more';
    const stopped = play(schedule(), [{ type: 'stop', reason: why }, T0], [{ type: 'stop', reason: null }, T0]);
    expect(stopped).toMatchObject({ status: 'stopped', statusReason: why });
  });

  it('answer for the pause that they end', () => {
    const paused = play(schedule(), [{ type: 'pause' }, T0]);
    expect(take(paused, { type: 'stop', reason: null }, minute(2)).ledger).toMatchObject([
      { scheduledAt: minute(1), until: minute(2), reason: 'Schedule paused' },
    ]);
  });
});

describe('the end date', () => {
  const ends = { endAt: minute(2) };
  it('is the last instant that may fire, and the schedule expires right after it', () => {
    const before = play(null, [edit(ends), T0], [tick(1), minute(1)]);
    expect(nextWake(before)).toBe(minute(2));
    const last = take(before, tick(2), minute(2));
    expect(last.state).toMatchObject({ status: 'active', nextRunAt: null });
    expect(last.ledger).toMatchObject([{ scheduledAt: minute(2), outcome: 'due' }]);
    expect(nextWake(last.state)).toBe(minute(2) + 1);
    const after = take(last.state, tick(3), minute(2) + 1);
    expect(after.state).toMatchObject({ status: 'expired', statusReason: 'End date reached' });
    expect(after.notices).toEqual([{ type: 'expired' }]);
    expect(nextWake(after.state)).toBeNull();
  });

  it('as the last instant fires although the alarm is a moment late, and expires the schedule', () => {
    const late = take(schedule(ends, { nextRunAt: minute(2) }), tick(2), minute(2) + 5);
    expect(late.state).toMatchObject({ status: 'expired', nextRunAt: null, runs: [{ scheduledAt: minute(2) }] });
  });

  it('far from any run is noticed when it comes, not at the next firing', () => {
    const daily = play(null, [edit({ endAt: minute(5), recurrence: { type: 'daily', time: '10:00' } }), T0]);
    expect(nextWake(daily)).toBe(minute(5) + 1);
  });

  it('expires a schedule that is paused, with an entry for the pause', () => {
    const paused = play(null, [edit(ends), T0], [{ type: 'pause' }, T0]);
    expect(nextWake(paused)).toBe(minute(2) + 1);
    const expired = take(paused, tick(1), minute(2) + 1);
    expect(expired.state).toMatchObject({ status: 'expired', pausedAt: null });
    expect(expired.ledger).toMatchObject([{ scheduledAt: minute(1), outcome: 'skipped', reason: 'Schedule paused' }]);
  });

  it('does not stop a run in flight from counting', () => {
    const expired = play(schedule(ends, { runs: [run(1)], nextRunAt: null }), [tick(2), minute(2) + 1]);
    expect(take(expired, report(1), minute(9)).state).toMatchObject({ status: 'expired', executionCount: 1, runs: [] });
  });
});

it('a schedule that starts later waits for its start date, which may fire itself', () => {
  const state = play(null, [edit({ startAt: minute(10), recurrence: EVERY_MINUTE }), T0]);
  expect(state.nextRunAt).toBe(minute(10));
});
