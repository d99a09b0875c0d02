/** The recurrence as a person fills it in, and the way from it to a request and back. What one type has is kept while another is looked at. */
import { assertNever } from '#protocol/assert.ts';
import type { Recurrence } from '#protocol/recurrence.ts';
import { wholeNumber } from '../deploy/number-text.ts';
import { emptyMoment, type MomentForm, momentForm, momentText } from './moment-form.ts';

export interface RecurrenceForm {
  type: Recurrence['type'];
  once: MomentForm;
  /** HH:MM, of daily, weekly and monthly. */
  time: string;
  /** 0 is Sunday. */
  days: number[];
  /** `1` to `31`, or `last`. */
  dayOfMonth: string;
  cron: string;
}

export const emptyRecurrence = (): RecurrenceForm => ({
  type: 'daily',
  once: emptyMoment(),
  time: '09:00',
  days: [1],
  dayOfMonth: '1',
  cron: '',
});

/** Not checked yet. */
export const recurrenceInput = (form: RecurrenceForm): Record<string, unknown> => {
  const { type, once, time, days, dayOfMonth, cron } = form;
  switch (type) {
    case 'once':
      return { type, at: momentText(once) };
    case 'daily':
      return { type, time };
    case 'weekly':
      return { type, days: [...days].sort(), time };
    case 'monthly':
      return { type, day_of_month: dayOfMonth === 'last' ? 'last' : wholeNumber(dayOfMonth), time };
    case 'cron':
      return { type, cron_expression: cron.trim() };
    default:
      return assertNever(type);
  }
};

const fromType = (recurrence: Recurrence, timezone: string): Partial<RecurrenceForm> => {
  switch (recurrence.type) {
    case 'once':
      return { once: momentForm(recurrence.at, timezone) };
    case 'daily':
      return { time: recurrence.time };
    case 'weekly':
      return { days: [...recurrence.days], time: recurrence.time };
    case 'monthly':
      return { dayOfMonth: String(recurrence.day_of_month), time: recurrence.time };
    case 'cron':
      return { cron: recurrence.cron_expression };
    default:
      return assertNever(recurrence);
  }
};

export const recurrenceForm = (recurrence: Recurrence, timezone: string): RecurrenceForm => ({
  ...emptyRecurrence(),
  ...fromType(recurrence, timezone),
  type: recurrence.type,
});
