/** Recurrences as cron expressions, where one says the same. Pure. */
import { assertNever } from '#protocol/assert.ts';
import type { Recurrence } from '#protocol/recurrence.ts';
import { tidyCron } from './cron.ts';

/** `HH:MM` as the first two fields. */
export const timeFields = (time: string): string => `${Number(time.slice(3))} ${Number(time.slice(0, 2))}`;

export const cronExpressionOf = (recurrence: Recurrence): string | null => {
  switch (recurrence.type) {
    case 'once':
      return null;
    case 'daily':
      return `${timeFields(recurrence.time)} * * *`;
    case 'weekly':
      return `${timeFields(recurrence.time)} * * ${recurrence.days.join(',')}`;
    case 'monthly':
      return recurrence.day_of_month === 'last'
        ? null
        : `${timeFields(recurrence.time)} ${recurrence.day_of_month} * *`;
    case 'cron':
      return tidyCron(recurrence.cron_expression);
    default:
      return assertNever(recurrence);
  }
};
