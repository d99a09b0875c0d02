/** What will run and what ran between two instants. How much is computed and answered is bounded, whatever the schedules are. */
import { listLedgerBetween } from '#database/schedule-history.repository.ts';
import { listSchedulesRunningUntil } from '#database/schedule-lists.repository.ts';
import { recurrenceOf, type ScheduleRow } from '#database/schedules.repository.ts';
import { lookFrom, timesOf } from '#domain/schedule/times.ts';
import { upcomingRuns } from '#domain/schedule/upcoming-runs.ts';
import type { Timeline, TimelineQuery } from '#protocol/http/schedules.ts';
import type { PersonContext } from '../context.ts';
import { invalid, type Refusal } from '../http/problem.ts';

const DAY_MS = 86_400_000;
const DEFAULT_MS = 7 * DAY_MS;
/** Two months of a calendar. */
const MAX_MS = 62 * DAY_MS;

/** Rows of a chart that a person can still look through. */
const MAX_SCHEDULES = 300;
const MAX_PAST = 2000;

/** Each run takes a tenth of a millisecond to find; this many a second at most. */
const MAX_RUNS = 3000;
/** One that runs each minute must not use up what is there for all. */
const MAX_RUNS_EACH = 200;

type Upcoming = Timeline['upcoming'][number];
type Span = { from: number; to: number };

/** Runs that the limit on executions leaves to come. */
const runsLeft = ({ max_executions, execution_count, count }: ScheduleRow): number =>
  max_executions === null || count === 'successes' ? Infinity : Math.max(0, max_executions - execution_count);

const upcomingOf = (row: ScheduleRow, span: Span, room: number): Upcoming => {
  const named = { schedule_id: row.id, name: row.name };
  const read = timesOf({ ...row, recurrence: recurrenceOf(row) });
  if (!read.ok) return { ...named, runs: [], more: false };
  const { times } = read;
  const left = runsLeft(row);
  const wanted = Math.min(left, MAX_RUNS_EACH, room);
  const until = times.end === null ? span.to : Math.min(times.end, span.to);
  // One more than is shown tells whether there are more.
  const runs = upcomingRuns(times.timing, lookFrom(times, span.from), wanted + 1, until);
  const shown = runs.slice(0, wanted).map(({ at }) => new Date(at).toISOString());
  return { ...named, runs: shown, more: runs.length > wanted && wanted < left };
};

const upcomingAll = (rows: readonly ScheduleRow[], span: Span): Upcoming[] => {
  let room = MAX_RUNS;
  return rows.map((row) => {
    const upcoming = upcomingOf(row, span, room);
    room -= upcoming.runs.length;
    return upcoming;
  });
};

const upcomingBetween = async ({ db, team_id }: PersonContext, span: Span) => {
  if (span.from >= span.to) return { items: [], more: false };
  const rows = await listSchedulesRunningUntil(db, team_id, new Date(span.to).toISOString(), MAX_SCHEDULES + 1);
  const items = upcomingAll(rows.slice(0, MAX_SCHEDULES), span);
  return { items: items.filter(({ runs, more }) => runs.length > 0 || more), more: rows.length > MAX_SCHEDULES };
};

const pastBetween = async ({ db, team_id }: PersonContext, from: string, to: string) => {
  const entries = await listLedgerBetween(db, team_id, from, to, MAX_PAST + 1);
  return { items: entries.slice(0, MAX_PAST), more: entries.length > MAX_PAST };
};

export const readTimeline = async (context: PersonContext, query: TimelineQuery): Promise<Timeline | Refusal> => {
  const now = context.now.getTime();
  const start = query.from === undefined ? now : Date.parse(query.from);
  const end = query.to === undefined ? start + DEFAULT_MS : Date.parse(query.to);
  if (end <= start) return invalid([{ path: 'to', message: 'must be after from' }]);
  if (end - start > MAX_MS) return invalid([{ path: 'to', message: 'must be at most 62 days after from' }]);
  const [from, to] = [new Date(start).toISOString(), new Date(end).toISOString()];
  const [upcoming, past] = await Promise.all([
    upcomingBetween(context, { from: Math.max(start - 1, now), to: end }),
    pastBetween(context, from, to),
  ]);
  return { from, to, upcoming: upcoming.items, past: past.items, more: upcoming.more || past.more };
};
