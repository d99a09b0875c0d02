/** What live events change in schedules that are shown. Pure; the same array back means that nothing changed. */
import type { z } from 'zod';
import type { ScheduleSummary } from '#protocol/http/schedules.ts';
import type { ScheduleUpdated } from '#protocol/live/events.ts';
import { passesFilter, type ScheduleFilter } from './schedule-filter.ts';

export type ScheduleUpdate = z.infer<typeof ScheduleUpdated>['data'];

/** Settings that were edited are not in the event: they are to be fetched. */
export const withUpdate = <Shown extends ScheduleSummary>(schedule: Shown, update: ScheduleUpdate): Shown => ({
  ...schedule,
  name: update.name,
  status: update.status,
  status_reason: update.status_reason,
  next_run_at: update.next_run_at,
  last_run_at: update.last_run_at,
  execution_count: update.execution_count,
  is_running: update.is_running,
});

export const schedulesWithUpdate = (
  schedules: readonly ScheduleSummary[],
  update: ScheduleUpdate,
  filter: ScheduleFilter,
): readonly ScheduleSummary[] => {
  const known = schedules.find(({ id }) => id === update.id);
  if (known === undefined) return schedules;
  const changed = withUpdate(known, update);
  // What the server found by more than the name stays found.
  const stays = !update.removed && passesFilter(changed, { ...filter, q: '' });
  return stays
    ? schedules.map((schedule) => (schedule === known ? changed : schedule))
    : schedules.filter((schedule) => schedule !== known);
};

/** Whether the event tells of more than it says, in the part of a list that is loaded. */
export const needsFetch = (
  schedules: readonly ScheduleSummary[],
  update: ScheduleUpdate,
  hasMore: boolean,
): boolean => {
  if (update.removed) return false;
  if (schedules.some(({ id }) => id === update.id)) return update.edited;
  const last = schedules.at(-1);
  return !hasMore || last === undefined || update.id > last.id;
};
