import type { ScheduleSummary } from '#protocol/http/schedules.ts';
import { isEndedSchedule } from '#protocol/states.ts';

type Sorted = Pick<ScheduleSummary, 'id' | 'status' | 'next_run_at'>;

/** Behind all that is due: what waits for somebody, and behind that what has ended. */
const rank = ({ status, next_run_at }: Sorted): string =>
  isEndedSchedule(status) ? '~2' : status === 'active' && next_run_at !== null ? next_run_at : '~1';

/** What is due next first; among equals the newest. */
export const byNextRun = <Schedule extends Sorted>(schedules: readonly Schedule[]): Schedule[] =>
  [...schedules].sort((one, other) => {
    const [first, second] = [rank(one), rank(other)];
    if (first !== second) return first < second ? -1 : 1;
    return one.id < other.id ? 1 : -1;
  });
