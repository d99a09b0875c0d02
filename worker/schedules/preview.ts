/** What a recurrence comes to, while somebody still writes it: everything in the request may be wrong, and the answer says how. */
import { z } from 'zod';
import { cronExpressionOf } from '#domain/schedule/cron-expression.ts';
import { describeRecurrence } from '#domain/schedule/describe.ts';
import { lateIssues, lookFrom, type Times, timesOf } from '#domain/schedule/times.ts';
import { upcomingRuns } from '#domain/schedule/upcoming-runs.ts';
import { momentOf } from '#domain/schedule/zone.ts';
import type { Preview, PreviewRequest } from '#protocol/http/schedules.ts';
import { type FieldIssue, fieldIssues } from '#protocol/issues.ts';
import { Moment } from '#protocol/recurrence.ts';
import { ScheduleOptions } from '#protocol/schedule.ts';

const DEFAULT_RUNS = 5;
const COUNT = 'must be a whole number from 1 to 100';

const Asked = ScheduleOptions.pick({ recurrence: true, timezone: true, start_date: true, end_date: true }).extend({
  from: Moment.nullish(),
  count: z.int(COUNT).min(1, COUNT).max(100, COUNT).default(DEFAULT_RUNS),
});
type Asked = z.output<typeof Asked>;

const refused = (errors: FieldIssue[], known: Partial<Preview> = {}): Preview => ({
  cron_expression: null,
  description: null,
  next_runs: [],
  runs: [],
  ...known,
  valid: false,
  error: errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
  errors,
});

const instant = (at: number): string => new Date(at).toISOString();

const runsOf = (times: Times, from: number, count: number) =>
  upcomingRuns(times.timing, lookFrom(times, from), count, times.end).map(({ at, moved }) => ({
    at: instant(at),
    moved,
  }));

const answer = (asked: Asked, times: Times, now: number): Preview => {
  const { recurrence, timezone, count } = asked;
  const from = asked.from == null ? now : (momentOf(asked.from, timezone, 'start') ?? now);
  const said = {
    cron_expression: cronExpressionOf(recurrence),
    description: describeRecurrence(recurrence, timezone),
  };
  // Who looks from a day to come at what has ended by then finds no more runs, and nothing wrong.
  const late = lateIssues(times, Math.min(from, now));
  if (late.length > 0) return refused(late, said);
  const runs = runsOf(times, from, count);
  return { valid: true, ...said, next_runs: runs.map(({ at }) => at), runs };
};

export const preview = (request: PreviewRequest, now: number): Preview => {
  const asked = Asked.safeParse(request);
  if (!asked.success) return refused(fieldIssues(asked.error));
  const read = timesOf(asked.data);
  return read.ok ? answer(asked.data, read.times, now) : refused(read.issues);
};
