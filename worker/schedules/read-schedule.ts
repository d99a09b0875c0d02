/** A schedule as it is now: what people decided from the record, how it stands from its object while there is more to come. */
import { showSchedule, showSchedules } from '#database/schedule-targets.repository.ts';
import { findScheduleRow, type ScheduleRow } from '#database/schedules.repository.ts';
import type { Schedule, ScheduleState } from '#protocol/http/schedules.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { orNull } from '../or-null.ts';
import { bringRecordUp, isOver, isRecorded } from './up-to-date.ts';

/** Null when nothing is to come any more, or when the object does not answer: the record is shown as it is. */
export const liveState = async (context: PersonContext, row: ScheduleRow): Promise<ScheduleState | null> => {
  if (isOver(row)) return null;
  const state = await orNull((async () => context.dependencies.schedule(context.env, row.id).state())());
  if (state !== null && !isRecorded(row, state)) await bringRecordUp(context, row.id);
  return state;
};

/** With the states that objects have just told; null stands for what the record says. */
export const showAll = async (
  { db, team_id }: PersonContext,
  rows: readonly ScheduleRow[],
  states: readonly (ScheduleState | null)[],
): Promise<Schedule[]> =>
  (await showSchedules(db, team_id, rows)).map((schedule, index) => ({ ...schedule, ...states[index] }));

export const showOne = async (
  { db, team_id }: PersonContext,
  row: ScheduleRow,
  state: ScheduleState | null,
): Promise<Schedule> => ({ ...(await showSchedule(db, team_id, row)), ...state });

/** Null when the team has no such schedule. */
export const readSchedule = async (context: PersonContext, id: ScheduleId): Promise<Schedule | null> => {
  const row = await findScheduleRow(context.db, context.team_id, id);
  return row === null ? null : showOne(context, row, await liveState(context, row));
};
