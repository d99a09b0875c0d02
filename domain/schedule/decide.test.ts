import { describe, expect, it } from 'vitest';
import type { ScheduleStatus } from '#protocol/states.ts';
import { decide, type ScheduleCommand } from './decide.ts';
import { nextWake } from './next-wake.ts';
import type { ScheduleState } from './schedule-state.ts';
import {
  edit,
  execute,
  minute,
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
