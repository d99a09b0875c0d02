import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { CATCH_UP_WITHIN_MS, MISSED_ENTRIES, ON_TIME_WITHIN_MS } from './limits.ts';
import {
  edit,
  execute,
  MINUTE_MS,
  minute,
  once,
  play,
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

describe('a run that is due', () => {
  it('fires at its instant, once, under the id that came with the tick', () => {
    const fired = take(schedule({}, { executionCount: 4 }), tick(1), minute(1) + 3);
    expect(fired.state).toMatchObject({
      nextRunAt: minute(2),
      lastRunAt: minute(1) + 3,
      executionCount: 4,
      runs: [{ deploymentId: runId(1), scheduledAt: minute(1), kind: 'scheduled', counted: 4, startedAt: null }],
    });
    expect(fired.ledger).toMatchObject([{ scheduledAt: minute(1), outcome: 'due', deploymentId: runId(1) }]);
    const again = take(fired.state, tick(2), minute(1) + 4);
    expect(again).toMatchObject({ ledger: [], notices: [] });
    expect(again.state).toBe(fired.state);
  });

  it('does not fire a moment too soon', () => {
    const state = schedule();
    expect(take(state, tick(1), minute(1) - 1).state).toBe(state);
  });

  it('is on time up to half a minute late, and not missed', () => {
    const decision = take(schedule(), tick(1), minute(1) + ON_TIME_WITHIN_MS);
    expect(decision.ledger).toMatchObject([{ kind: 'scheduled', outcome: 'due', reason: null }]);
  });
});

describe('constraints come in this order:', () => {
  const full = { executionCount: 1, runs: [run(-1), unstarted(-2), unstarted(-3)] };
  it('the start date: what lies before it is no instant of the schedule', () => {
    const state = schedule({ startAt: minute(2), max_executions: 4 }, { ...full, nextRunAt: minute(2) });
    expect(take(state, tick(1), minute(1)).ledger).toEqual([]);
  });

  it('the end date, also when the limit is reached', () => {
    const state = schedule({ endAt: minute(1), max_executions: 4 }, full);
    expect(take(state, tick(1), minute(9)).ledger).toMatchObject([
      { scheduledAt: minute(1), outcome: 'skipped', reason: 'End date reached' },
    ]);
  });

  it('the limit, also when too many wait for their start', () => {
    const limited = take(schedule({ max_executions: 4 }, full), tick(1), minute(1));
    expect(limited.ledger).toMatchObject([
      { outcome: 'skipped', reason: 'Max executions reached (4) with 3 in flight', deploymentId: null },
    ]);
    expect(limited.notices).toEqual([
      { type: 'skipped', scheduledAt: minute(1), reason: 'Max executions reached (4) with 3 in flight' },
    ]);
    expect(limited.state).toMatchObject({ status: 'active', nextRunAt: minute(2), runs: full.runs });
  });

  it('those that wait for their start: one to run and one behind it, or one alone', () => {
    const reasons = { queue_one: 'Already queued (max 1)', skip: 'Already running' } as const;
    for (const overlap of ['queue_one', 'skip'] as const) {
      const most = overlap === 'queue_one' ? [unstarted(-2), unstarted(-1)] : [unstarted(-1)];
      const state = schedule({ overlap }, { runs: most });
      expect(take(state, tick(1), minute(1)).ledger).toMatchObject([{ outcome: 'skipped', reason: reasons[overlap] }]);
      expect(decide(state, execute(1), T0)).toEqual({ type: 'rejected', reason: reasons[overlap] });
      const oneLess = schedule({ overlap }, { runs: most.slice(1) });
      expect(take(oneLess, tick(1), minute(1)).state.runs).toHaveLength(most.length);
    }
  });

  it('a run in flight that was started does not count as waiting: its device decides', () => {
    const state = schedule({}, { runs: [run(-3), run(-2), run(-1)] });
    expect(take(state, tick(1), minute(1)).ledger).toMatchObject([{ outcome: 'due' }]);
  });
});

describe('execute now', () => {
  it('starts a run of its own that uses up no instant and does not move the next run', () => {
    const decision = take(schedule(), execute(7), T0);
    expect(decision.state).toMatchObject({ nextRunAt: minute(1), lastRunAt: T0 });
    expect(decision.state.runs).toMatchObject([{ kind: 'manual', scheduledAt: T0, deploymentId: runId(7) }]);
    expect(take(decision.state, tick(1), minute(1)).state.runs).toHaveLength(2);
  });

  it('at the very instant of a run, or twice at once, has an identity of its own', () => {
    const twice = play(schedule(), [execute(7), minute(0)], [started(7), minute(0)], [execute(8), minute(0)]);
    const instants = twice.runs.map(({ scheduledAt }) => scheduledAt);
    expect(new Set([minute(0), minute(1), ...instants]).size).toBe(4);
  });

  it('is refused when all that may count are in flight', () => {
    expect(decide(schedule({ max_executions: 2 }, { executionCount: 1, runs: [run(0)] }), execute(7), T0)).toEqual({
      type: 'rejected',
      reason: 'Max executions reached (2) with one in flight',
    });
  });
});

describe('instants that passed while nothing ran', () => {
  it('one: is made up for, late, and the ledger says why', () => {
    const hourly = schedule({ recurrence: { type: 'cron', cron_expression: '1 * * * *' } });
    const { state, ledger, notices } = take(hourly, tick(1), minute(11));
    expect(ledger).toMatchObject([
      {
        scheduledAt: minute(1),
        kind: 'catch_up',
        outcome: 'due',
        reason: 'caught up 10 min late: the system was not running at that time',
      },
    ]);
    expect(state).toMatchObject({ nextRunAt: minute(61), runs: [{ kind: 'catch_up' }] });
    expect(notices).toEqual([]);
  });

  it('many: the latest is made up for, each of the others has an entry', () => {
    const { state, ledger, notices } = take(schedule(), tick(9), minute(4) + 40_000);
    expect(ledger.map(({ scheduledAt, outcome, kind }) => [scheduledAt, outcome, kind])).toEqual([
      [minute(1), 'missed', 'scheduled'],
      [minute(2), 'missed', 'scheduled'],
      [minute(3), 'missed', 'scheduled'],
      [minute(4), 'due', 'catch_up'],
    ]);
    expect(ledger[0]?.reason).toBe('Missed, found 4 min later: the system was not running at that time');
    expect(notices).toHaveLength(3);
    expect(state).toMatchObject({ nextRunAt: minute(5), runs: [{ scheduledAt: minute(4) }] });
  });

  it('the latest on time: it runs as it would have', () => {
    const { ledger } = take(schedule(), tick(9), minute(3) + 1000);
    expect(ledger.map(({ outcome, kind }) => [outcome, kind])).toEqual([
      ['missed', 'scheduled'],
      ['missed', 'scheduled'],
      ['due', 'scheduled'],
    ]);
  });

  it('a hundred have entries of their own; of more, all but those of the last hour share one', () => {
    const hundred = take(schedule(), tick(9), minute(MISSED_ENTRIES) + 40_000);
    expect(hundred.ledger).toHaveLength(MISSED_ENTRIES);
    expect(hundred.ledger.every(({ until }) => until === null)).toBe(true);
    const now = minute(10_000) + 40_000;
    const { ledger } = take(schedule(), tick(9), now);
    const [folded, ...single] = ledger;
    expect(folded).toMatchObject({ scheduledAt: minute(1), outcome: 'missed' });
    expect(folded?.until).toBeLessThan(single[0]?.scheduledAt ?? 0);
    expect(single.map(({ scheduledAt }) => scheduledAt)).toEqual(
      Array.from({ length: 60 }, (_, index) => minute(9941 + index)),
    );
    expect(single.at(-1)).toMatchObject({ outcome: 'due', kind: 'catch_up' });
  });

  it('an hour ago is made up for, longer ago is not, whether it was one of many or the only one', () => {
    const short = { recurrence: { type: 'cron' as const, cron_expression: '1-5 10 * * *' } };
    const many = { recurrence: { type: 'cron' as const, cron_expression: '* 8-10 * * *' } };
    for (const [state, latest] of [
      [schedule(short), minute(5)],
      [schedule(many), minute(59)],
      [schedule(many, { nextRunAt: minute(-120) }), minute(59)],
    ] as const) {
      const caught = take(state, tick(9), latest + CATCH_UP_WITHIN_MS);
      expect(caught.ledger.at(-1)).toMatchObject({ scheduledAt: latest, outcome: 'due', kind: 'catch_up' });
      const missed = take(state, tick(9), latest + CATCH_UP_WITHIN_MS + 1);
      expect(missed.ledger.every(({ outcome }) => outcome === 'missed')).toBe(true);
      expect(missed.state.runs).toEqual([]);
      expect(Math.max(...missed.ledger.map(({ scheduledAt, until }) => until ?? scheduledAt))).toBeGreaterThanOrEqual(
        latest,
      );
    }
  });

  it('are not made up for when the schedule says so', () => {
    const { state, ledger } = take(schedule({ misfire: 'skip' }), tick(9), minute(2) + ON_TIME_WITHIN_MS + 1);
    expect(ledger.map(({ outcome }) => outcome)).toEqual(['missed', 'missed']);
    expect(state).toMatchObject({ runs: [], nextRunAt: minute(3) });
  });

  it('are not made up for after the end date, and none beyond it is an instant', () => {
    const { state, ledger } = take(schedule({ endAt: minute(3) }), tick(9), minute(9));
    expect(ledger.map(({ scheduledAt, outcome, reason }) => [scheduledAt, outcome, reason?.slice(0, 6)])).toEqual([
      [minute(1), 'missed', 'Missed'],
      [minute(2), 'missed', 'Missed'],
      [minute(3), 'skipped', 'End da'],
    ]);
    expect(state).toMatchObject({ status: 'expired', runs: [] });
  });

  it('of years are answered for at once', () => {
    const { ledger } = take(schedule(), tick(9), minute(0) + 3 * 366 * 86_400_000);
    expect(ledger.length).toBeLessThanOrEqual(MISSED_ENTRIES + 1);
  });
});

describe('a clock that jumps', () => {
  it('forward is an outage: what it jumped over is recorded, and one run makes up for it', () => {
    const { ledger } = take(schedule(), tick(1), minute(5) + 45_000);
    expect(ledger.map(({ outcome }) => outcome)).toEqual(['missed', 'missed', 'missed', 'missed', 'due']);
  });

  it('back does not fire again what has fired', () => {
    const ahead = play(schedule(), [tick(1), minute(1)], [tick(2), minute(2)], [tick(3), minute(3)]);
    const fired = [minute(1), minute(2), minute(3)];
    const back = take(ahead, tick(4), T0, fired);
    expect(back.state).toBe(ahead);
    const resumed = take(take(ahead, { type: 'pause' }, T0, fired).state, { type: 'resume' }, T0 + 1, fired);
    expect(resumed.state.nextRunAt).toBe(minute(4));
    expect(take(ahead, edit({}), T0, fired).state.nextRunAt).toBe(minute(4));
  });

  it('back fires what it had only jumped over, each instant once', () => {
    const ahead = take(schedule(), tick(9), minute(3) + 1000);
    const back = take(ahead.state, tick(10), T0, [minute(3)]);
    expect(back.state.nextRunAt).toBe(minute(1));
    const again = play(back.state, [tick(11), minute(1)]);
    const skipped = take(again, tick(12), minute(2), [minute(3)]);
    expect(skipped.state.nextRunAt).toBe(minute(4));
  });

  it('back and forward again over an instant that has fired neither fires it nor calls it missed', () => {
    const ahead = take(schedule(), tick(9), minute(3) + 1000);
    const back = take(ahead.state, tick(10), T0, [minute(3)]);
    const onTime = take(back.state, tick(11), minute(3) + 2000, [minute(3)]);
    expect(onTime.ledger.map(({ scheduledAt }) => scheduledAt)).toEqual([minute(1), minute(2)]);
    expect(onTime.state.runs.filter(({ scheduledAt }) => scheduledAt === minute(3))).toHaveLength(1);
  });

  it('back in a pause does not call skipped what has fired', () => {
    const ahead = play(schedule(), [tick(1), minute(1)]);
    const paused = take(ahead, { type: 'pause' }, T0, [minute(1)]);
    const resumed = take(paused.state, { type: 'resume' }, minute(2), [minute(1)]);
    expect(resumed.ledger).toMatchObject([{ scheduledAt: minute(2), until: minute(2) }]);
  });
});

describe('a schedule that fires once', () => {
  it('has failed when its time was missed and is not made up for', () => {
    const at = minute(1);
    const state = schedule({ recurrence: once(at) });
    const late = take(state, tick(1), at + CATCH_UP_WITHIN_MS + MINUTE_MS);
    expect(late.state).toMatchObject({
      status: 'failed',
      statusReason: 'Missed, found 61 min later: the system was not running at that time',
      nextRunAt: null,
    });
    expect(late.ledger).toMatchObject([{ scheduledAt: at, outcome: 'missed' }]);
    expect(late.notices.at(-1)).toEqual({ type: 'failed' });
  });

  it('is made up for within the hour', () => {
    const late = take(schedule({ recurrence: once(minute(1)) }), tick(1), minute(31));
    expect(late.state).toMatchObject({ status: 'active', runs: [{ kind: 'catch_up' }] });
  });

  it('has failed when its time fell into a pause, instead of staying active for ever', () => {
    const paused = play(schedule({ recurrence: once(minute(1)) }), [{ type: 'pause' }, T0]);
    const resumed = take(paused, { type: 'resume' }, minute(2));
    expect(resumed.state).toMatchObject({ status: 'failed', statusReason: 'Schedule paused' });
    expect(resumed.ledger).toMatchObject([{ scheduledAt: minute(1), outcome: 'skipped', reason: 'Schedule paused' }]);
    expect(take(paused, { type: 'resume' }, minute(1) - 1).state).toMatchObject({
      status: 'active',
      nextRunAt: minute(1),
    });
  });

  it('has failed when its run was taken back before it could start', () => {
    const due = play(schedule({ recurrence: once(minute(1)) }), [tick(1), minute(1)], [{ type: 'pause' }, minute(2)]);
    expect(play(due, [withdrawn(1), minute(2)], [{ type: 'resume' }, minute(3)]).status).toBe('failed');
    const resumed = play(due, [{ type: 'resume' }, minute(3)]);
    expect(resumed.status).toBe('active');
    expect(take(resumed, withdrawn(1), minute(4)).state).toMatchObject({
      status: 'failed',
      statusReason: 'Schedule paused',
    });
  });
});
