/** A copy of a schedule, with its secrets, which begins anew. */
import { findScheduleRow } from '#database/schedules.repository.ts';
import type { DuplicateSchedule, Schedule } from '#protocol/http/schedules.ts';
import { newId, type ScheduleId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { Refusal } from '../http/problem.ts';
import { orNull } from '../or-null.ts';
import { checkRequest, writeSchedules } from './create-schedules.ts';
import { nameWith, newRow, settingsOf, whatOf } from './draft-schedule.ts';
import { requestOf } from './edit-schedule.ts';
import { showOne } from './read-schedule.ts';
import { scheduleNotFound } from './schedules.errors.ts';
import { bringRecordUp } from './up-to-date.ts';

export const duplicateSchedule = async (
  context: PersonContext,
  id: ScheduleId,
  { name, paused }: DuplicateSchedule,
): Promise<Schedule | Refusal> => {
  const { db, env, ids, now, team_id, dependencies } = context;
  const original = await findScheduleRow(db, team_id, id);
  if (original === null) return scheduleNotFound();
  const checked = await checkRequest(context, requestOf(original), 'later');
  if (checked instanceof Refusal) return checked;
  const request = { ...checked.request, name: name ?? nameWith(original.name, ' copy') };
  const settings = settingsOf(request, whatOf(request.action, checked.resolved.items, now), checked.times);
  const row = newRow(context, newId('sch', ids), settings, checked.times);
  const [state = null] = await writeSchedules(context, [row], 'schedules.duplicate');
  const answer = paused ? await orNull(dependencies.schedule(env, row.id).control('pause')) : null;
  if (answer !== null) await bringRecordUp(context, row.id);
  return showOne(context, row, answer?.ok === true ? answer.state : state);
};
