/**
 * What the calendar shows in each of its days or hours: runs to come and runs that were, and where a schedule has too many,
 * how many. Pure.
 */
import type { RunOutcome, Timeline } from '#protocol/http/schedules.ts';

/** A run to come is `next`. */
export type MarkOutcome = RunOutcome | 'next';

export type Mark = {
  outcome: MarkOutcome;
  scheduleId: string;
  name: string;
  at: number;
  /** The last instant that it stands for, if it stands for several. */
  until: number | null;
  deploymentId: string | null;
  reason: string | null;
};

/** One schedule in one day or hour. */
export type Chip = {
  key: string;
  scheduleId: string;
  name: string;
  /** The earliest of what it stands for. */
  at: number;
  /** What it stands for, when that is one thing. */
  mark: Mark | null;
  counts: { outcome: MarkOutcome; count: number }[];
  /** There are, or may be, runs that are not listed. */
  unlisted: boolean;
};

type Bucket = { marks: Mark[]; unlisted: Map<string, string> };

const pastMarks = ({ past }: Timeline): Mark[] =>
  past.map(({ outcome, schedule_id, name, scheduled_at, until, deployment_id, reason }) => ({
    outcome,
    scheduleId: schedule_id,
    name,
    at: Date.parse(scheduled_at),
    until: until === null ? null : Date.parse(until),
    deploymentId: deployment_id,
    reason,
  }));

const comingMarks = ({ upcoming }: Timeline): Mark[] =>
  upcoming.flatMap(({ schedule_id, name, runs }) =>
    runs.map((at) => ({
      outcome: 'next' as const,
      scheduleId: schedule_id,
      name,
      at: Date.parse(at),
      until: null,
      deploymentId: null,
      reason: null,
    })),
  );

/** What has an outcome by now does not also come. */
const marksOf = (timeline: Timeline): Mark[] => {
  const past = pastMarks(timeline);
  const known = new Set(past.map(({ scheduleId, at }) => `${scheduleId} ${at}`));
  return [...past, ...comingMarks(timeline).filter(({ scheduleId, at }) => !known.has(`${scheduleId} ${at}`))];
};

/** `bounds` are the beginnings of the buckets in order, and the end of the last. */
const bucketsOf = (timeline: Timeline, bounds: readonly number[]): Bucket[] => {
  const buckets = bounds.slice(1).map((): Bucket => ({ marks: [], unlisted: new Map() }));
  /** The buckets that have a part of the time from `first` to `last`, both inclusive. */
  const within = (first: number, last: number): Bucket[] =>
    buckets.filter((_, index) => (bounds[index] ?? 0) <= last && (bounds[index + 1] ?? 0) > first);
  for (const mark of marksOf(timeline))
    for (const bucket of within(mark.at, mark.until ?? mark.at)) bucket.marks.push(mark);
  for (const { schedule_id, name, runs, more } of timeline.upcoming) {
    if (!more) continue;
    const last = Date.parse(runs.at(-1) ?? timeline.from);
    for (const bucket of within(last, Number.POSITIVE_INFINITY)) bucket.unlisted.set(schedule_id, name);
  }
  return buckets;
};

const order: readonly MarkOutcome[] = [
  'failed',
  'partial',
  'missed',
  'canceled',
  'skipped',
  'running',
  'due',
  'completed',
  'next',
];

const countsOf = (marks: readonly Mark[]): Chip['counts'] =>
  order.flatMap((outcome) => {
    const count = marks.filter((mark) => mark.outcome === outcome).length;
    return count === 0 ? [] : [{ outcome, count }];
  });

const chipOf = (scheduleId: string, name: string, marks: readonly Mark[], at: number, unlisted: boolean): Chip => ({
  key: marks.length === 1 ? `${scheduleId} ${at}` : scheduleId,
  scheduleId,
  name,
  at,
  mark: marks.length === 1 && !unlisted ? (marks[0] ?? null) : null,
  counts: countsOf(marks),
  unlisted,
});

/** Of one schedule in one bucket: each by itself, or folded into one when they are more than `foldAbove`. */
const chipsOfSchedule = (
  scheduleId: string,
  name: string,
  marks: readonly Mark[],
  { end, foldAbove, unlisted }: { end: number; foldAbove: number; unlisted: boolean },
): Chip[] =>
  unlisted || marks.length > foldAbove
    ? [chipOf(scheduleId, name, marks, Math.min(end, ...marks.map(({ at }) => at)), unlisted)]
    : marks.map((mark) => chipOf(scheduleId, name, [mark], mark.at, false));

/** The chips of each bucket, by time. */
export const chipsIn = (timeline: Timeline, bounds: readonly number[], foldAbove: number): Chip[][] =>
  bucketsOf(timeline, bounds).map(({ marks, unlisted }, index) => {
    const names = new Map([...unlisted, ...marks.map(({ scheduleId, name }) => [scheduleId, name] as const)]);
    const bySchedule = Map.groupBy(marks, ({ scheduleId }) => scheduleId);
    const end = (bounds[index + 1] ?? 0) - 1;
    return [...names]
      .flatMap(([id, name]) =>
        chipsOfSchedule(id, name, bySchedule.get(id) ?? [], { end, foldAbove, unlisted: unlisted.has(id) }),
      )
      .sort((one, other) => one.at - other.at || one.name.localeCompare(other.name));
  });

/** The first chips, and how many are left out; never one alone, which would take the same room. */
export const shownChips = (chips: readonly Chip[], room: number): { shown: readonly Chip[]; more: number } =>
  chips.length <= room
    ? { shown: chips, more: 0 }
    : { shown: chips.slice(0, room - 1), more: chips.length - (room - 1) };

/** Where a click on it leads: to what ran, or else to the schedule. */
export const chipAddress = ({ scheduleId, mark }: Chip): string =>
  mark?.deploymentId == null ? `/schedules/${scheduleId}` : `/deployments/${mark.deploymentId}`;
