/** Schedules for tests: one that fires every minute unless told otherwise, with the instants of `minute`. */
import { deploymentId } from '../host/test-state.ts';
import type { Millis } from '../millis.ts';
import { decide, newSchedule, type RunNews, type ScheduleCommand } from './decide.ts';
import type { Definition, Run, ScheduleDecision, ScheduleState } from './schedule-state.ts';

const TEN = Date.parse('2026-03-04T10:00:00Z');
export const MINUTE_MS = 60_000;

/** The instants of a schedule that fires every minute. */
export const minute = (number: number): Millis => TEN + number * MINUTE_MS;

/** Minutes before the first one have runs too. */
export const runId = (number: number): Run['deploymentId'] => deploymentId(100 + number);

/** Between two instants: the first to come is `minute(1)`. */
export const T0 = minute(0) + 30_000;

export const EVERY_MINUTE: Definition['recurrence'] = { type: 'cron', cron_expression: '* * * * *' };
export const once = (at: Millis): Definition['recurrence'] => ({ type: 'once', at: new Date(at).toISOString() });

export const definition = (overrides: Partial<Definition> = {}): Definition => ({
  version: 1,
  recurrence: EVERY_MINUTE,
  timezone: 'UTC',
  startAt: null,
  endAt: null,
  max_executions: null,
  count: 'runs',
  overlap: 'queue_one',
  misfire: 'run_once',
  ...overrides,
});

export const schedule = (
  defined: Partial<Definition> = {},
  overrides: Partial<Omit<ScheduleState, 'definition'>> = {},
): ScheduleState => ({ ...newSchedule(definition(defined)), nextRunAt: minute(1), ...overrides });

/** A run in flight; its number is that of its deployment and its minute. */
export const run = (number: number, overrides: Partial<Run> = {}): Run => ({
  deploymentId: runId(number),
  scheduledAt: minute(number),
  kind: 'scheduled',
  dueAt: minute(number),
  counted: 0,
  startedAt: minute(number),
  ran: true,
  reason: null,
  withdrawn: null,
  reportVersion: 1,
  ...overrides,
});

export const unstarted = (number: number, overrides: Partial<Run> = {}): Run =>
  run(number, { startedAt: null, ran: false, reportVersion: 0, ...overrides });

export const news = (number: number, overrides: Partial<RunNews> = {}): RunNews => ({
  deploymentId: runId(number),
  version: 2,
  status: 'completed',
  ran: true,
  failed: false,
  reason: null,
  endedAt: minute(number) + 5000,
  ...overrides,
});

export const tick = (number: number): ScheduleCommand => ({ type: 'tick', deploymentId: runId(number) });
export const execute = (number: number): ScheduleCommand => ({ type: 'execute', deploymentId: runId(number) });
export const report = (number: number, overrides: Partial<RunNews> = {}): ScheduleCommand => ({
  type: 'run_reported',
  news: news(number, overrides),
});
export const started = (number: number): ScheduleCommand => ({
  type: 'run_started',
  deploymentId: runId(number),
});
export const withdrawn = (number: number): ScheduleCommand => ({
  type: 'run_withdrawn',
  deploymentId: runId(number),
});
/** What fired before is run 7. */
export const repeated = (number: number): ScheduleCommand => ({
  type: 'run_repeated',
  deploymentId: runId(number),
  before: { deploymentId: runId(7), status: 'partial', firedAt: minute(1), endedAt: minute(2) },
});
export const edit = (overrides: Partial<Definition>): ScheduleCommand => ({
  type: 'define',
  definition: definition({ version: 2, ...overrides }),
});

export type Accepted = Extract<ScheduleDecision, { type: 'accepted' }>;

/** Throws what a rejection says. */
export const take = (
  state: ScheduleState | null,
  command: ScheduleCommand,
  now: Millis,
  fired: readonly Millis[] = [],
): Accepted => {
  const decision = decide(state, command, now, new Set(fired));
  if (decision.type === 'rejected') throw new Error(decision.reason);
  return decision;
};

/** One command after the other, each at its own time. */
export const play = (
  first: ScheduleState | null,
  ...steps: readonly (readonly [ScheduleCommand, Millis])[]
): ScheduleState => {
  const state = steps.reduce((before, [command, now]) => take(before, command, now).state, first);
  if (state === null) throw new Error('nothing was played');
  return state;
};
