/** The next runs of a schedule, as far as it may still run. */
import type { Preview, Schedule } from '#protocol/http/schedules.ts';

const SHOWN_RUNS = 5;

type Timing = Pick<Schedule, 'recurrence' | 'timezone' | 'start_date' | 'end_date'>;

export const previewRequest = ({ recurrence, timezone, start_date, end_date }: Timing) => ({
  recurrence,
  timezone,
  start_date,
  end_date,
  count: SHOWN_RUNS,
});

/** Runs that do not count (skipped ones) may still make them more. */
export const runsWithinLimit = (
  runs: Preview['runs'],
  { max_executions: max, execution_count: count }: Pick<Schedule, 'max_executions' | 'execution_count'>,
): Preview['runs'] => (max === null ? runs : runs.slice(0, Math.max(0, max - count)));
