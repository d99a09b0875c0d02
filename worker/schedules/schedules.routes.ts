/** Schedules: made from a spec and a recurrence, read, changed and removed. */
import { z } from 'zod';
import { listSchedules } from '#database/schedule-lists.repository.ts';
import { pageOf } from '#protocol/http/page.ts';
import {
  CreatedSchedules,
  DuplicateSchedule,
  Schedule,
  ScheduleQuery,
  ScheduleSummary,
} from '#protocol/http/schedules.ts';
import { ScheduleId } from '#protocol/ids.ts';
import { CreateSchedule, UpdateSchedule } from '#protocol/schedule.ts';
import { atLeast } from '../http/access.ts';
import { Refusal } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { createSchedules } from './create-schedules.ts';
import { duplicateSchedule } from './duplicate-schedule.ts';
import { editSchedule } from './edit-schedule.ts';
import { readSchedule } from './read-schedule.ts';
import { removeSchedule } from './remove-schedule.ts';
import { scheduleNotFound } from './schedules.errors.ts';

const params = z.object({ schedule_id: ScheduleId });

const create = route(
  {
    method: 'post',
    path: '/schedules',
    tag: 'schedules',
    summary: 'Schedule what a spec describes; with `per_device` one schedule for each of up to 200 devices',
    access: atLeast('operator'),
    body: CreateSchedule,
    answer: { status: 201, description: 'The schedules, active', schema: CreatedSchedules },
    creates: true,
    refusals: [422],
  },
  async (context) => {
    const schedules = await createSchedules(context, context.body);
    return schedules instanceof Refusal ? schedules : { schedules };
  },
);

const list = route(
  {
    method: 'get',
    path: '/schedules',
    tag: 'schedules',
    summary: 'Schedules, newest first; `q` is part of the name or of what is to be done',
    access: atLeast('viewer'),
    query: ScheduleQuery,
    answer: { status: 200, description: 'A page of schedules', schema: pageOf(ScheduleSummary) },
  },
  async ({ db, team_id, query }) => listSchedules(db, team_id, query),
);

const get = route(
  {
    method: 'get',
    path: '/schedules/{schedule_id}',
    tag: 'schedules',
    summary: 'One schedule, as it stands now',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The schedule', schema: Schedule },
  },
  async (context) => (await readSchedule(context, context.params.schedule_id)) ?? scheduleNotFound(),
);

const update = route(
  {
    method: 'patch',
    path: '/schedules/{schedule_id}',
    tag: 'schedules',
    summary:
      'Change a schedule, from its next firing on; what the body does not name stays, secrets without a value too',
    access: atLeast('operator'),
    params,
    body: UpdateSchedule,
    answer: { status: 200, description: 'The schedule as it is now', schema: Schedule },
    refusals: [409, 422],
  },
  async (context) => editSchedule(context, context.params.schedule_id, context.body),
);

const remove = route(
  {
    method: 'delete',
    path: '/schedules/{schedule_id}',
    tag: 'schedules',
    summary: 'Remove a schedule with its history; what runs goes on',
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'It is gone' },
    refusals: [503],
  },
  async (context) => removeSchedule(context, context.params.schedule_id),
);

const duplicate = route(
  {
    method: 'post',
    path: '/schedules/{schedule_id}/duplicate',
    tag: 'schedules',
    summary: 'Make a copy that begins anew, with the secrets of the first one; with `paused` it waits to be resumed',
    access: atLeast('operator'),
    params,
    body: DuplicateSchedule,
    answer: { status: 201, description: 'The copy', schema: Schedule },
    creates: true,
    refusals: [422],
  },
  async (context) => duplicateSchedule(context, context.params.schedule_id, context.body),
);

export const scheduleRoutes = [create, list, get, update, remove, duplicate];
