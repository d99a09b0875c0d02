/** What a person tells a schedule: its object decides, and answers how it stands then. */
import { findScheduleRow, type ScheduleRow } from '#database/schedules.repository.ts';
import type { ScheduleRpc } from '#durable-objects/schedule/schedule-rpc.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { orNull } from '../or-null.ts';
import { notReached, refusedByObject, scheduleNotFound } from './schedules.errors.ts';
import { tellObject } from './tell-object.ts';
import { bringRecordUp } from './up-to-date.ts';

type Refused = { ok: false; message: string };

/** Asks the object, which gets the latest definition first if it has not got it yet. The change is audited once it is made. */
export const askObject = async <Made extends { ok: true }>(
  context: PersonContext,
  id: ScheduleId,
  action: string,
  ask: (schedule: ScheduleRpc) => Promise<Made | Refused>,
): Promise<{ row: ScheduleRow; answer: Made } | Refusal> => {
  const { db, env, team_id, audit, dependencies } = context;
  const row = await findScheduleRow(db, team_id, id);
  if (row === null) return scheduleNotFound();
  if (row.defined_version < row.version) await tellObject(context, row);
  const answer = await orNull((async () => ask(dependencies.schedule(env, id)))());
  if (answer === null) return notReached();
  if (!answer.ok) return refusedByObject(answer.message);
  await db.batch([audit(action, id, { name: row.name })]);
  await bringRecordUp(context, id);
  return { row, answer };
};
