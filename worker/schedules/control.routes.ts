/** What a person tells a schedule: pause, resume, stop, execute now. */
import { z } from 'zod';
import type { ScheduleControl } from '#durable-objects/schedule/schedule-rpc.ts';
import { ExecutedSchedule, Schedule } from '#protocol/http/schedules.ts';
import { ScheduleId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { Refusal } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { askObject } from './control.ts';
import { showOne } from './read-schedule.ts';

const params = z.object({ schedule_id: ScheduleId });

const control = (command: ScheduleControl, summary: string) =>
  route(
    {
      method: 'post',
      path: `/schedules/{schedule_id}/${command}`,
      tag: 'schedules',
      summary,
      access: atLeast('operator'),
      params,
      answer: { status: 200, description: 'The schedule', schema: Schedule },
      refusals: [409, 503],
    },
    async (context) => {
      const asked = await askObject(context, context.params.schedule_id, `schedules.${command}`, (schedule) =>
        schedule.control(command),
      );
      return asked instanceof Refusal ? asked : showOne(context, asked.row, asked.answer.state);
    },
  );

const execute = route(
  {
    method: 'post',
    path: '/schedules/{schedule_id}/execute',
    tag: 'schedules',
    summary: 'Start a run now; the next one stays where it is',
    access: atLeast('operator'),
    params,
    answer: { status: 200, description: 'The run, and the schedule', schema: ExecutedSchedule },
    creates: true,
    refusals: [409, 503],
  },
  async (context) => {
    const asked = await askObject(context, context.params.schedule_id, 'schedules.execute', (schedule) =>
      schedule.execute(),
    );
    if (asked instanceof Refusal) return asked;
    const { deployment_id, scheduled_at, state } = asked.answer;
    return { deployment_id, scheduled_at, schedule: await showOne(context, asked.row, state) };
  },
);

export const scheduleControlRoutes = [
  control('pause', 'Fire no more until resumed; what runs goes on'),
  control('resume', 'Fire again, from the next time on'),
  control('stop', 'Fire never again; what runs goes on'),
  execute,
];
