/**
 * Objects write to the record a moment later, many changes at once. Whoever was told of a change by an object finds it in lists and in
 * history too, because the record is brought up to it before the answer. An object that does not answer leaves the record as it is.
 */
import { type ExecutionFilter, listExecutions } from '#database/schedule-history.repository.ts';
import { findScheduleRow, type ScheduleRow } from '#database/schedules.repository.ts';
import { type ListedExecution, ScheduleState } from '#protocol/http/schedules.ts';
import type { DeploymentId, ScheduleId } from '#protocol/ids.ts';
import { isEndedSchedule } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';
import { orNull } from '../or-null.ts';

/** Of one schedule two or three runs are open; of a team with more, their own pages tell. */
const MAX_OPEN_RUNS = 20;

const asked = async (object: () => { record: () => Promise<void> }): Promise<true> => {
  await object().record();
  return true;
};

export const bringRecordUp = async ({ env, dependencies }: PersonContext, id: ScheduleId): Promise<void> => {
  await orNull(asked(() => dependencies.schedule(env, id)));
};

export const isRecorded = (row: ScheduleRow, state: ScheduleState): boolean =>
  ScheduleState.keyof().options.every((field) => row[field] === state[field]);

/** Nothing is to come any more, and the record says so. */
export const isOver = (row: ScheduleRow): boolean => isEndedSchedule(row.status) && !row.is_running;

/** Whether the team has this schedule; then what the record has of it is what its object knows. */
export const findUpToDate = async (context: PersonContext, id: ScheduleId): Promise<boolean> => {
  const row = await findScheduleRow(context.db, context.team_id, id);
  if (row === null) return false;
  if (!isOver(row)) await bringRecordUp(context, id);
  return true;
};

const openRuns = (items: readonly ListedExecution[]): DeploymentId[] => {
  const open = items.filter(({ status }) => status === 'queued' || status === 'running');
  return [...new Set(open.flatMap(({ deployment_id }) => deployment_id ?? []))].slice(0, MAX_OPEN_RUNS);
};

/** As the record has them, or, where some go on there, as it has them once their deployments have brought it up. */
export const listCurrentExecutions = async (context: PersonContext, filter: ExecutionFilter) => {
  const { db, env, team_id, dependencies } = context;
  const page = await listExecutions(db, team_id, filter);
  const open = openRuns(page.items);
  if (open.length === 0) return page;
  await Promise.all(open.map((id) => orNull(asked(() => dependencies.deployment(env, id)))));
  return listExecutions(db, team_id, filter);
};
