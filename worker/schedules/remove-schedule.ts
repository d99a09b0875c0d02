/** Removes a schedule with its history: its object first, so that nothing fires that the record does not know. What runs goes on. */
import { touchFiles } from '#database/files.repository.ts';
import { deleteSchedule, findScheduleRow, specOf } from '#database/schedules.repository.ts';
import { filesOfSpec } from '#domain/deployment/items.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { orNull } from '../or-null.ts';
import { notReached, scheduleNotFound } from './schedules.errors.ts';

export const removeSchedule = async (context: PersonContext, id: ScheduleId): Promise<Refusal | undefined> => {
  const { db, env, now, team_id, auditIfChanged, dependencies } = context;
  const row = await findScheduleRow(db, team_id, id);
  if (row === null) return scheduleNotFound();
  const removed = await orNull(
    (async () =>
      dependencies
        .schedule(env, id)
        .remove()
        .then(() => true))(),
  );
  if (removed === null) return notReached();
  const files = filesOfSpec(specOf(row).action, []).map((file) => file.id);
  await db.batch([
    ...deleteSchedule(db, team_id, id),
    auditIfChanged('schedules.delete', id, { name: row.name }),
    // An unused file expires by its last use, and this schedule needed its files until now.
    touchFiles(db, team_id, files, now.toISOString()),
  ]);
  return undefined;
};
