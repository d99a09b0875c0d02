/** A recurrence in a zone, made ready for `nextRun`. It is not stored: it is made again from what the user wrote. Pure. */
import { assertInvariant } from '#protocol/assert.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import { type Recurrence, readMoment, Timezone } from '#protocol/recurrence.ts';
import type { Millis } from '../millis.ts';
import { type Cron, type ParsedCron, parseCron } from './cron.ts';
import { cronExpressionOf, timeFields } from './cron-expression.ts';
import { movedWall } from './moved.ts';
import { instantOf } from './zone.ts';

export type OnceTiming = {
  type: 'once';
  timezone: string;
  at: Millis;
  /** Why it is not when it was asked for; see `moved.ts`. */
  moved: string | null;
};

export type RepeatedTiming = { type: 'repeated'; timezone: string; cron: Cron };

export type Timing = OnceTiming | RepeatedTiming;

export type TimingResult = { ok: true; timing: Timing } | { ok: false; issues: FieldIssue[] };

type Once = Extract<Recurrence, { type: 'once' }>;
type Repeated = Exclude<Recurrence, Once>;

/** Null for text that `Recurrence` refuses. */
const onceTiming = ({ at }: Once, timezone: string): OnceTiming | null => {
  const read = readMoment(at);
  if (read === null || read.type === 'date') return null;
  if (read.type === 'instant') return { type: 'once', timezone, at: read.at, moved: null };
  return { type: 'once', timezone, at: instantOf(timezone, read.wall), moved: movedWall(timezone, read.wall) };
};

const cronOf = (recurrence: Repeated): ParsedCron => {
  if (recurrence.type === 'monthly' && recurrence.day_of_month === 'last') {
    const daily = parseCron(`${timeFields(recurrence.time)} * * *`);
    return daily.ok ? { ok: true, cron: { ...daily.cron, daysOfMonth: 'last' } } : daily;
  }
  const expression = cronExpressionOf(recurrence);
  assertInvariant(expression !== null, 'an expression says every recurrence but once and the last day of the month');
  return parseCron(expression);
};

const ofRecurrence = (recurrence: Recurrence, timezone: string): TimingResult => {
  if (recurrence.type === 'once') {
    const timing = onceTiming(recurrence, timezone);
    return timing === null
      ? { ok: false, issues: [{ path: 'recurrence.at', message: 'must be a time with an offset, or a wall time' }] }
      : { ok: true, timing };
  }
  const parsed = cronOf(recurrence);
  return parsed.ok
    ? { ok: true, timing: { type: 'repeated', timezone, cron: parsed.cron } }
    : { ok: false, issues: [{ path: 'recurrence.cron_expression', message: parsed.message }] };
};

export const timingOf = (recurrence: Recurrence, timezone: string): TimingResult => {
  const zone = Timezone.safeParse(timezone);
  // Whatever is wrong with the recurrence is told too, which the zone does not change.
  const timed = ofRecurrence(recurrence, zone.success ? timezone : 'UTC');
  if (zone.success) return timed;
  const issues = zone.error.issues.map(({ message }) => ({ path: 'timezone', message }));
  return { ok: false, issues: timed.ok ? issues : [...timed.issues, ...issues] };
};

/**
 * A `once` that has passed. Apart from `timingOf`, because only who sets a time is told: a schedule whose time has passed must
 * still take changes of its other fields.
 */
export const pastIssue = (timing: Timing, now: Millis): FieldIssue | null => {
  if (timing.type !== 'once' || timing.at > now) return null;
  const message = `must be in the future; ${new Date(timing.at).toISOString()} has passed`;
  return { path: 'recurrence.at', message };
};
