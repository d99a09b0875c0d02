/** What is wrong with a schedule, by the path of the field. */
import type { z } from 'zod';
import type { FieldIssue } from '#protocol/issues.ts';
import { Moment, Recurrence, Timezone } from '#protocol/recurrence.ts';
import { CreateSchedule, EditedSchedule } from '#protocol/schedule.ts';
import { envOf } from '../deploy/action-form.ts';
import { type Checked, checkedSpec, hasSpecControl, specIssues } from '../deploy/check-form.ts';
import { isEmptyMoment, type MomentForm } from './moment-form.ts';
import { createInput, type ScheduleForm, scheduleInput, timingInput } from './schedule-form.ts';

/** What a person has not chosen yet, where the schema speaks of the form of a text. */
const missingOf = ({ recurrence, timezone, start, end }: ScheduleForm): FieldIssue[] => {
  const { type, once, time, days, cron } = recurrence;
  const timed = type === 'daily' || type === 'weekly' || type === 'monthly';
  const halfDay = (moment: MomentForm): boolean => type !== 'once' && !isEmptyMoment(moment) && moment.date === '';
  const rules: [missing: boolean, path: string, message: string][] = [
    [type === 'once' && (once.date === '' || once.time === ''), 'recurrence.at', 'choose a date and a time'],
    [timed && time === '', 'recurrence.time', 'choose a time'],
    [type === 'weekly' && days.length === 0, 'recurrence.days', 'choose at least one day'],
    [type === 'cron' && cron.trim() === '', 'recurrence.cron_expression', 'choose a preset or write an expression'],
    [timezone === '', 'timezone', 'choose a time zone'],
    [halfDay(start), 'start_date', 'choose a date too'],
    [halfDay(end), 'end_date', 'choose a date too'],
  ];
  return rules.flatMap(([missing, path, message]) => (missing ? [{ path, message }] : []));
};

/** Of a schedule that is edited the server has the secret values. */
const isKept = ({ path }: FieldIssue, form: ScheduleForm, kept: ReadonlySet<string>): boolean =>
  envOf(form).some(
    ({ name, value, secret }) => secret && value === '' && kept.has(name) && path === `action.env.${name}.value`,
  );

export interface ScheduleRules {
  /** Names of the secrets that the server has; null for a schedule that is made. */
  kept: ReadonlySet<string> | null;
  /** What the server said of the recurrence as it is filled in. */
  preview: readonly FieldIssue[];
}

export const checkSchedule = (form: ScheduleForm, { kept, preview }: ScheduleRules): Checked => {
  const body = kept === null ? createInput(form) : scheduleInput(form);
  const schema: z.ZodType = kept === null ? CreateSchedule : EditedSchedule;
  const found = specIssues(form, schema, body).filter((issue) => kept === null || !isKept(issue, form, kept));
  return checkedSpec(form, body, [...missingOf(form), ...found, ...preview]);
};

export interface RunsQuestion extends Record<string, unknown> {
  recurrence: unknown;
  timezone: string;
  start_date: unknown;
  end_date: unknown;
}

/** What to ask about the runs to come; null while the form says too little. */
export const runsQuestion = (form: ScheduleForm): RunsQuestion | null => {
  const { recurrence, timezone, start_date, end_date } = timingInput(form);
  const missing = missingOf(form).some(({ path }) => path.startsWith('recurrence.'));
  const zone = Timezone.safeParse(timezone);
  if (missing || !zone.success || !Recurrence.safeParse(recurrence).success) return null;
  const moment = (value: unknown): unknown => (Moment.safeParse(value).success ? value : null);
  return { recurrence, timezone: zone.data, start_date: moment(start_date), end_date: moment(end_date) };
};

const TIMING_CONTROLS =
  /^(recurrence\.|timezone$|start_date$|end_date$|max_executions$|count$|overlap$|if_reserved$|misfire$|per_device$)/;

/** Whether a field of the form shows what is wrong at the path. */
export const hasScheduleControl = (path: string): boolean => hasSpecControl(path) || TIMING_CONTROLS.test(path);
