import type { ScheduleSummary } from '#protocol/http/schedules.ts';

/** Those that run now, then those that are due next. */
export const nextSchedules = (schedules: readonly ScheduleSummary[], count: number): ScheduleSummary[] =>
  schedules
    .filter(({ is_running, next_run_at }) => is_running || next_run_at !== null)
    .sort(
      (one, other) =>
        Number(other.is_running) - Number(one.is_running) ||
        (one.next_run_at ?? '9').localeCompare(other.next_run_at ?? '9'),
    )
    .slice(0, count);
