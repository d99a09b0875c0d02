/**
 * Changes a schedule. What the body names is laid over what is stored, the whole is checked as a new one would be, and the object is
 * told: the change holds from the next firing on. Only who sets a time is told that it has passed, and only who names targets or an
 * action that they are gone.
 */
import type { z } from 'zod';
import {
  findScheduleRow,
  recurrenceOf,
  type ScheduleRow,
  type ScheduleUse,
  specOf,
  updateSchedule,
} from '#database/schedules.repository.ts';
import { lateIssues, type Times, timesOf } from '#domain/schedule/times.ts';
import { resolveSpec } from '#durable-objects/deployment/resolve-spec.ts';
import { sealSpec } from '#durable-objects/secrets.ts';
import type { Schedule } from '#protocol/http/schedules.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import { fieldIssues } from '#protocol/issues.ts';
import { EditedSchedule, type ScheduleRequest, type UpdateSchedule } from '#protocol/schedule.ts';
import { withoutSecrets } from '#protocol/spec-secrets.ts';
import { isEndedSchedule } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';
import { invalid, Refusal } from '../http/problem.ts';
import { nextRunAt, settingsOf, usesOf, whatOf } from './draft-schedule.ts';
import { withStandIns, withStored } from './kept-secrets.ts';
import { liveState, showOne } from './read-schedule.ts';
import { cannotSchedule, changedMeanwhile, hasEnded, refusedByObject, scheduleNotFound } from './schedules.errors.ts';
import { tellObject } from './tell-object.ts';
import { bringRecordUp } from './up-to-date.ts';

type Edited = ScheduleRequest & { name: string };

/** What is stored, as a request for it would have been. Secrets are sealed. */
export const requestOf = (row: ScheduleRow): Edited => ({
  ...specOf(row),
  name: row.name,
  recurrence: recurrenceOf(row),
  timezone: row.timezone,
  start_date: row.start_date,
  end_date: row.end_date,
  max_executions: row.max_executions,
  count: row.count,
  overlap: row.overlap,
  if_reserved: row.if_reserved,
  misfire: row.misfire,
});

const overlay = ({ env }: PersonContext, row: ScheduleRow, body: UpdateSchedule): Edited | Refusal => {
  const stored = requestOf(row);
  const whole = { ...withoutSecrets(stored), ...body };
  const { action, kept } = withStandIns(whole.action, stored.action);
  const parsed = EditedSchedule.safeParse({ ...whole, action });
  if (!parsed.success) return invalid(fieldIssues(parsed.error));
  return { ...withStored(sealSpec(env, parsed.data), stored.action, kept), name: parsed.data.name ?? row.name };
};

const names = (body: UpdateSchedule, fields: readonly (keyof z.output<typeof UpdateSchedule>)[]): boolean =>
  fields.some((field) => body[field] !== undefined);

/** A zone moves every time that has no offset. */
const sets = (body: UpdateSchedule, path: string): boolean =>
  names(body, ['timezone']) || Object.keys(body).some((field) => path === field || path.startsWith(`${field}.`));

const checkTimes = ({ now }: PersonContext, edited: Edited, body: UpdateSchedule): Times | Refusal => {
  const read = timesOf(edited);
  if (!read.ok) return invalid(read.issues);
  const late = lateIssues(read.times, now.getTime()).filter(({ path }) => sets(body, path));
  return late.length > 0 ? cannotSchedule(late) : read.times;
};

type Work = { what: string; uses: ScheduleUse[] | null };

const checkWork = async (
  { db, team_id, now }: PersonContext,
  row: ScheduleRow,
  edited: Edited,
  body: UpdateSchedule,
): Promise<Work | Refusal> => {
  if (!names(body, ['action', 'device_ids', 'group_ids', 'strategy'])) return { what: row.what, uses: null };
  const resolved = await resolveSpec(db, team_id, edited, 'later');
  if (!resolved.ok) return cannotSchedule(resolved.issues);
  return { what: whatOf(edited.action, resolved.items, now), uses: usesOf(edited) };
};

const write = async (
  context: PersonContext,
  row: ScheduleRow,
  edited: Edited,
  body: UpdateSchedule,
): Promise<ScheduleRow | Refusal> => {
  const { db, team_id, now, auditIfChanged } = context;
  const times = checkTimes(context, edited, body);
  if (times instanceof Refusal) return times;
  const work = await checkWork(context, row, edited, body);
  if (work instanceof Refusal) return work;
  const edit = {
    ...settingsOf(edited, work.what, times),
    updated_at: now.toISOString(),
    version: row.version + 1,
    next_run_at: row.status === 'active' ? nextRunAt(times, now) : null,
  };
  const entry = auditIfChanged('schedules.update', row.id, { name: edited.name, fields: Object.keys(body) });
  const written = await updateSchedule(db, team_id, row, edit, work.uses, [entry]);
  return written ? { ...row, ...edit } : changedMeanwhile();
};

export const editSchedule = async (
  context: PersonContext,
  id: ScheduleId,
  body: UpdateSchedule,
): Promise<Schedule | Refusal> => {
  const row = await findScheduleRow(context.db, context.team_id, id);
  if (row === null) return scheduleNotFound();
  const state = await liveState(context, row);
  const status = state?.status ?? row.status;
  if (isEndedSchedule(status)) return hasEnded(status);
  if (Object.keys(body).length === 0) return showOne(context, row, state);
  const edited = overlay(context, row, body);
  if (edited instanceof Refusal) return edited;
  const changed = await write(context, row, edited, body);
  if (changed instanceof Refusal) return changed;
  const answer = await tellObject(context, changed);
  if (answer?.ok === false) return refusedByObject(answer.message);
  if (answer !== null) await bringRecordUp(context, id);
  return showOne(context, changed, answer?.state ?? null);
};
