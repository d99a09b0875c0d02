import { describe, expect, it } from 'vitest';
import type { ScheduleStatus } from '#protocol/states.ts';
import { decide, type ScheduleCommand } from './decide.ts';
import { nextWake } from './next-wake.ts';
import type { ScheduleState } from './schedule-state.ts';
import {
  definition,
  EVERY_MINUTE,
  edit,
  execute,
  minute,
  once,
  play,
  repeated,
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

/** A run in flight and one that could not be started yet, whatever the schedule has become meanwhile. */
const runs = [run(-1), unstarted(0)];
const states: Record<ScheduleStatus, ScheduleState> = {
  active: schedule({}, { runs }),
  paused: schedule({}, { runs, status: 'paused', nextRunAt: null, pausedAt: T0 }),
  stopped: schedule({}, { runs, status: 'stopped', nextRunAt: null }),
  completed: schedule({}, { runs, status: 'completed', statusReason: 'Max executions reached', nextRunAt: null }),
  expired: schedule({}, { runs, status: 'expired', statusReason: 'End date reached', nextRunAt: null }),
  failed: schedule({}, { runs, status: 'failed', nextRunAt: null }),
};
const ended = ['stopped', 'completed', 'expired', 'failed'] as const;

/** What each status becomes; a text with a space is why it is rejected. */
type Row = Record<ScheduleStatus, string>;
const everywhere = (text: (status: ScheduleStatus) => string): Row => ({
  active: text('active'),
  paused: text('paused'),
  stopped: text('stopped'),
  completed: text('completed'),
  expired: text('expired'),
  failed: text('failed'),
});
const refusedWhenEnded = (row: Pick<Row, 'active' | 'paused'> & Partial<Row>, hint = ''): Row => ({
  ...everywhere((status) => `schedule is ${status}${hint}`),
  ...row,
});
const same = everywhere((status) => status);

const commands: [string, ScheduleCommand, Row][] = [
  [
    'an edit',
    edit({ misfire: 'skip' }),
    refusedWhenEnded({ active: 'active', paused: 'paused' }, ': duplicate it instead'),
  ],
  ['an edit that it has already', edit({ version: 1, misfire: 'skip' }), same],
  ['pause', { type: 'pause' }, refusedWhenEnded({ active: 'paused', paused: 'paused' })],
  ['resume', { type: 'resume' }, refusedWhenEnded({ active: 'active', paused: 'active' })],
  [
    'stop',
    { type: 'stop', reason: null },
    refusedWhenEnded({ active: 'stopped', paused: 'stopped', stopped: 'stopped' }),
  ],
  ['remove', { type: 'remove' }, everywhere(() => 'stopped')],
  ['execute', execute(9), refusedWhenEnded({ active: 'active', paused: 'paused' })],
  ['a tick', tick(9), same],
  ['the start of a run', started(0), same],
  ['the start of a run that has started', started(-1), same],
  ['the start of an unknown run', started(8), everywhere(() => 'no such run is open')],
  ['a start put off', { type: 'run_postponed', deploymentId: runId(0), reason: 'no record' }, same],
  [
    'a start put off of a run that has started',
    { type: 'run_postponed', deploymentId: runId(-1), reason: 'no record' },
    everywhere(() => 'no such run waits for its start'),
  ],
  ['a refused start', { type: 'run_refused', deploymentId: runId(0), reason: 'no devices' }, same],
  ['the withdrawal of a run that is to start', withdrawn(0), everywhere(() => 'no such run is withdrawn')],
  ['a start for an instant that had fired', repeated(0), same],
  [
    'a start for an instant that had fired, of a run that has started',
    repeated(-1),
    everywhere(() => 'no such run waits for its start'),
  ],
  [
    'a refused start of a run that has started',
    { type: 'run_refused', deploymentId: runId(-1), reason: 'no devices' },
    everywhere(() => 'no such run waits for its start'),
  ],
  ['a report', report(-1), same],
  ['a report that was there before', report(-1, { version: 1 }), everywhere(() => 'this was reported before')],
  ['a report of an unknown run', report(8), everywhere(() => 'no such run is open')],
];

describe('a schedule in each status takes', () => {
  for (const [name, command, row] of commands)
    for (const [status, state] of Object.entries(states)) {
      const expected = Object.entries(row).find(([key]) => key === status)?.[1] ?? '';
      it(`${name} when ${status}: ${expected}`, () => {
        const decision = decide(state, command, T0);
        expect(decision.type === 'rejected' ? decision.reason : decision.state.status).toBe(expected);
        expect(decision.type).toBe(expected.includes(' ') ? 'rejected' : 'accepted');
      });
    }

  it('nothing but its definition when it does not exist', () => {
    for (const [, command] of commands.filter(([, { type }]) => type !== 'define'))
      expect(decide(null, command, T0)).toEqual({ type: 'rejected', reason: 'there is no such schedule' });
    expect(take(null, edit({}), T0)).toMatchObject({
      state: { status: 'active', nextRunAt: minute(1), executionCount: 0 },
      ledger: [],
      notices: [{ type: 'added' }],
    });
  });

  it('what it has taken already without a change, an entry or a word', () => {
    const repeated: [ScheduleStatus, ScheduleCommand][] = [
      ['active', edit({ version: 1 })],
      ['active', { type: 'resume' }],
      ['active', tick(9)],
      ['active', started(-1)],
      ['paused', { type: 'pause' }],
      ['paused', tick(9)],
      ['stopped', { type: 'stop', reason: null }],
      ...ended.map((status): [ScheduleStatus, ScheduleCommand] => [status, tick(9)]),
    ];
    for (const [status, command] of repeated) {
      const decision = take(states[status], command, T0);
      expect(decision.state).toBe(states[status]);
      expect([...decision.ledger, ...decision.notices]).toEqual([]);
    }
  });
});

describe('an ended schedule', () => {
  it('has no next run, never wakes and never fires, however late it is', () => {
    for (const status of ended) {
      expect(nextWake(states[status])).toBeNull();
      const decision = take(states[status], tick(9), minute(100_000));
      expect(decision.state.runs).toEqual(runs);
      expect(decision.ledger).toEqual([]);
    }
  });

  it('still counts the run that was in flight, and says once that it has ended', () => {
    for (const status of ended) {
      const decision = take(states[status], report(-1), minute(1));
      expect(decision.state).toMatchObject({ status, executionCount: 1, runs: [{ deploymentId: runId(0) }] });
      expect(decision.ledger).toMatchObject([{ scheduledAt: minute(-1), outcome: 'completed' }]);
      expect(decision.notices).toEqual([]);
    }
  });
});

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
