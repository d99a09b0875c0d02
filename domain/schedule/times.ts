/** When a schedule may run: its timing between its first and its last day. Pure. */
import type { FieldIssue } from '#protocol/issues.ts';
import type { ScheduleOptions } from '#protocol/schedule.ts';
import type { Millis } from '../millis.ts';
import { nextRun } from './next-run.ts';
import { pastIssue, type Timing, timingOf } from './timing.ts';
import { momentOf } from './zone.ts';

/** `start` and `end` are inclusive. */
export type Times = { timing: Timing; start: Millis | null; end: Millis | null };

export type ReadTimes = { ok: true; times: Times } | { ok: false; issues: FieldIssue[] };

type Given = Pick<ScheduleOptions, 'recurrence' | 'timezone' | 'start_date' | 'end_date'>;

export const timesOf = ({ recurrence, timezone, start_date, end_date }: Given): ReadTimes => {
  const timed = timingOf(recurrence, timezone);
  if (!timed.ok) return timed;
  const start = start_date === null ? null : momentOf(start_date, timezone, 'start');
  const end = end_date === null ? null : momentOf(end_date, timezone, 'end');
  if (start !== null && end !== null && start > end)
    return { ok: false, issues: [{ path: 'end_date', message: 'must not be before start_date' }] };
  return { ok: true, times: { timing: timed.timing, start, end } };
};

const outsideIssue = ({ timing, start, end }: Times): FieldIssue | null => {
  if (timing.type !== 'once') return null;
  if (start !== null && timing.at < start) return { path: 'recurrence.at', message: 'must not be before start_date' };
  return end !== null && timing.at > end ? { path: 'recurrence.at', message: 'must not be after end_date' } : null;
};

/** What cannot be any more, or never. */
export const lateIssues = (times: Times, now: Millis): FieldIssue[] => {
  const issue = pastIssue(times.timing, now) ?? outsideIssue(times);
  return [
    ...(issue === null ? [] : [issue]),
    ...(times.end !== null && times.end <= now ? [{ path: 'end_date', message: 'must be in the future' }] : []),
  ];
};

/** Where to look for runs that are strictly after `from`. */
export const lookFrom = ({ start }: Times, from: Millis): Millis => (start === null ? from : Math.max(from, start - 1));

/** Strictly after `from`; null when there is none until the end. */
export const nextRunWithin = (times: Times, from: Millis): Millis | null => {
  const run = nextRun(times.timing, lookFrom(times, from));
  return run !== null && (times.end === null || run <= times.end) ? run : null;
};
