/** The chart of what ran: one bar an execution, as high as it took long, oldest first. Pure. */
import type { ListedExecution } from '#protocol/http/schedules.ts';
import type { ExecutionStatus } from '#protocol/states.ts';
import { plural } from '../format/number.ts';
import { formatDuration } from '../format/time.ts';

export type ChartBar = {
  execution: ListedExecution;
  /** 0 to 1 of the height; null for what did not run, which has no length. */
  height: number | null;
  durationMs: number | null;
};

export type Chart = { bars: ChartBar[] /** What the full height stands for. */; topMs: number };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Heights that read well, and whose half does too. */
const TOPS = [
  0.1, 0.2, 0.5, 1, 2, 4, 10, 20, 30, 60, 120, 240, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400,
].map((seconds) => seconds * SECOND);

const topFor = (longestMs: number): number =>
  TOPS.find((top) => top >= longestMs) ?? Math.ceil(longestMs / (24 * HOUR)) * 24 * HOUR;

/** `now` gives one that still runs its length. */
export const durationMsOf = (
  execution: Pick<ListedExecution, 'started_at' | 'duration_seconds' | 'status'>,
  now: number,
): number | null => {
  if (execution.duration_seconds !== null) return execution.duration_seconds * SECOND;
  if (execution.status !== 'running' || execution.started_at === null) return null;
  return Math.max(0, now - Date.parse(execution.started_at));
};

export const chartOf = (newestFirst: readonly ListedExecution[], now: number): Chart => {
  const lengths = newestFirst.map((execution) => ({ execution, durationMs: durationMsOf(execution, now) }));
  const topMs = topFor(Math.max(0, ...lengths.map(({ durationMs }) => durationMs ?? 0)));
  const bars = lengths.reverse().map(({ execution, durationMs }) => ({
    execution,
    durationMs,
    height: durationMs === null ? null : durationMs / topMs,
  }));
  return { bars, topMs };
};

const order = ['completed', 'failed', 'skipped', 'running', 'queued'] as const satisfies ExecutionStatus[];

/** What one sees at a glance, for those who do not see it. */
export const chartWords = ({ bars }: Chart): string => {
  const counts = order.flatMap((status) => {
    const count = bars.filter(({ execution }) => execution.status === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  const lengths = bars.flatMap(({ durationMs }) => durationMs ?? []);
  const span =
    lengths.length === 0
      ? ''
      : ` They took from ${formatDuration(Math.min(...lengths))} to ${formatDuration(Math.max(...lengths))}.`;
  return `The last ${plural(bars.length, 'execution')}: ${counts.join(', ')}.${span}`;
};
