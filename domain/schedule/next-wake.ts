/** When a schedule must look at itself again although nobody calls. */
import { isEndedSchedule } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';
import type { ScheduleState } from './schedule-state.ts';

/** Null for one that has ended: it keeps no alarm. It expires right after its end date, which is still part of it. */
export const nextWake = ({ status, nextRunAt, definition }: ScheduleState): Millis | null => {
  if (isEndedSchedule(status)) return null;
  const times = [nextRunAt, definition.endAt === null ? null : definition.endAt + 1].filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
};
