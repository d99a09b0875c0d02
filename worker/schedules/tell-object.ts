/** Tells objects what the record says. What one was not told stays marked in the record, and the cron trigger tells it again. */
import type { ScheduleRow } from '#database/schedules.repository.ts';
import type { ControlAnswer } from '#durable-objects/schedule/schedule-rpc.ts';
import { slices } from '#durable-objects/slices.ts';
import type { PersonContext } from '../context.ts';
import { orNull } from '../or-null.ts';
import { definitionOf } from './definition.ts';

/** Making an object's storage takes some milliseconds: these are a fraction of a second, on a machine that is busy otherwise too. */
const TOLD_AT_ONCE = 5;

/** Null when the object did not answer. */
export const tellObject = async (context: PersonContext, row: ScheduleRow): Promise<ControlAnswer | null> => {
  const { env, dependencies } = context;
  const answer = await orNull((async () => dependencies.schedule(env, row.id).define(definitionOf(row)))());
  if (answer?.ok !== true)
    dependencies.log('schedule.not_defined', { schedule_id: row.id, error: answer?.message ?? 'no answer' });
  return answer;
};

/** In the order of the rows. When none of a slice answers, the others are not asked: somebody waits. */
export const tellObjects = async (
  context: PersonContext,
  rows: readonly ScheduleRow[],
): Promise<(ControlAnswer | null)[]> => {
  const answers: (ControlAnswer | null)[] = [];
  for await (const slice of slices(rows, TOLD_AT_ONCE)) {
    const answered = await Promise.all(slice.map((row) => tellObject(context, row)));
    answers.push(...answered);
    if (answered.every((answer) => answer === null)) break;
  }
  return answers;
};
