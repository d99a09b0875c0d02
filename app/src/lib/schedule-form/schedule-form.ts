/** A schedule as a person fills it in: the form of a deployment and when it runs. And the way from it to a request and back. */
import type { z } from 'zod';
import type { Schedule } from '#protocol/http/schedules.ts';
import type { CountMode, MisfirePolicy, OverlapPolicy, ReservedPolicy } from '#protocol/schedule.ts';
import { type DeployForm, formOf, specInput } from '../deploy/form.ts';
import { wholeNumberOrNull } from '../deploy/number-text.ts';
import { dayForm, emptyMoment, type MomentForm, momentOrNull } from './moment-form.ts';
import { emptyRecurrence, type RecurrenceForm, recurrenceForm, recurrenceInput } from './recurrence-form.ts';

export interface ScheduleForm extends DeployForm {
  recurrence: RecurrenceForm;
  timezone: string;
  start: MomentForm;
  end: MomentForm;
  /** Empty: no limit. */
  maxExecutions: string;
  count: z.infer<typeof CountMode>;
  overlap: OverlapPolicy;
  ifReserved: ReservedPolicy;
  misfire: z.infer<typeof MisfirePolicy>;
  /** Only while a schedule is made. */
  perDevice: boolean;
}

/** A schedule of what a deployment would do. */
export const scheduleFormFrom = (deployment: DeployForm, timezone: string): ScheduleForm => ({
  ...deployment,
  recurrence: emptyRecurrence(),
  timezone,
  start: emptyMoment(),
  end: emptyMoment(),
  maxExecutions: '',
  count: 'runs',
  overlap: 'queue_one',
  ifReserved: 'skip',
  misfire: 'run_once',
  perDevice: false,
});

/** What runs once has no time in which it repeats; what was filled in for the others waits in the form. */
const limitsOf = (form: ScheduleForm): Record<string, unknown> =>
  form.recurrence.type === 'once'
    ? { start_date: null, end_date: null, max_executions: null, count: 'runs' }
    : {
        start_date: momentOrNull(form.start),
        end_date: momentOrNull(form.end),
        max_executions: wholeNumberOrNull(form.maxExecutions),
        count: form.count,
      };

/** When it runs, and how often at most. */
export const timingInput = (form: ScheduleForm): Record<string, unknown> => ({
  recurrence: recurrenceInput(form.recurrence),
  timezone: form.timezone,
  ...limitsOf(form),
});

/** The body of a request, but whether it makes one schedule for each device; not checked yet. */
export const scheduleInput = (form: ScheduleForm): Record<string, unknown> => ({
  ...specInput(form),
  ...timingInput(form),
  overlap: form.overlap,
  if_reserved: form.ifReserved,
  misfire: form.misfire,
});

/** The sides of blue and green go together. */
export const createInput = (form: ScheduleForm): Record<string, unknown> => ({
  ...scheduleInput(form),
  per_device: form.perDevice && form.strategy.type !== 'blue_green',
});

/** The form that a schedule is edited in. */
export const formOfSchedule = (schedule: Schedule): ScheduleForm => {
  const { timezone } = schedule;
  return {
    ...scheduleFormFrom(formOf(schedule), timezone),
    recurrence: recurrenceForm(schedule.recurrence, timezone),
    start: dayForm(schedule.start_date, timezone, '00:00:00'),
    end: dayForm(schedule.end_date, timezone, '23:59:59'),
    maxExecutions: schedule.max_executions === null ? '' : String(schedule.max_executions),
    count: schedule.count,
    overlap: schedule.overlap,
    ifReserved: schedule.if_reserved,
    misfire: schedule.misfire,
  };
};
