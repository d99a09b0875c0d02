import type { ScheduleSummary } from '#protocol/http/schedules.ts';
import type { ScheduleStatus } from '#protocol/states.ts';
import { passesWorkFilter, type WorkFilter } from '../deploy/work-filter.ts';

export type ScheduleFilter = WorkFilter<ScheduleStatus>;

export const passesFilter = (
  schedule: Pick<ScheduleSummary, 'name' | 'what' | 'kind' | 'status'>,
  filter: ScheduleFilter,
): boolean => passesWorkFilter(schedule, [schedule.name, schedule.what], filter);
