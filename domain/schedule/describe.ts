/** Recurrences in words. Pure. */
import cronstrue from 'cronstrue';
import type { Recurrence } from '#protocol/recurrence.ts';
import { type Cron, cronTexts, parseCron } from './cron.ts';
import { cronExpressionOf } from './cron-expression.ts';
import {
  type CronField,
  DAY_OF_MONTH_FIELD,
  DAY_OF_WEEK_FIELD,
  HOUR_FIELD,
  MINUTE_FIELD,
  MONTH_FIELD,
  parseField,
} from './cron-field.ts';
import { timingOf } from './timing.ts';
import { wallAt } from './zone.ts';

/** More than these are easier to read as a step, though the last of them is followed sooner. */
const FEW_VALUES = 6;

const sizeOf = (of: CronField): number => (of.alias ?? of.max + 1) - of.min;

/** "Every 45 minutes" would be wrong of minutes 0 and 45. */
const isUneven = (of: CronField, text: string, values: number): boolean =>
  text.startsWith('*/') && values <= FEW_VALUES && sizeOf(of) % Number(text.slice(2)) !== 0;

/** A field in the form that cronstrue reads right, where what the user wrote is not. */
const readable = (of: CronField, text: string): string => {
  const parsed = parseField(of, text);
  if (!parsed.ok) return text;
  const values = [...parsed.values].sort((a, b) => a - b);
  if (values.length === sizeOf(of)) return '*';
  const mixed = text.includes(',') && /[*/]/.test(text);
  const repeated = text.includes(',') && values.length < text.split(',').length;
  const steppedWeekday = of === DAY_OF_WEEK_FIELD && text.includes('/');
  return mixed || repeated || steppedWeekday || values.length === 1 || isUneven(of, text, values.length)
    ? values.join(',')
    : text;
};

/** The day fields, where either may hold: a restriction that holds on every day leaves none. */
const eitherDayFields = ({ daysOfWeek }: Cron, dayOfMonth: string): [string, string] => {
  if (dayOfMonth === '*' || daysOfWeek.size === 7) return ['*', '*'];
  // A list is what cronstrue joins with a word; beside a range it puts a comma, which says nothing.
  return [dayOfMonth, [...daysOfWeek].sort().join(',')];
};

const cronWords = (expression: string): string | null => {
  const texts = cronTexts(expression);
  const parsed = parseCron(expression);
  if (texts === null || !parsed.ok) return null;
  const { cron } = parsed;
  const minute = readable(MINUTE_FIELD, texts.minute);
  const hour = readable(HOUR_FIELD, texts.hour);
  const month = readable(MONTH_FIELD, texts.month);
  const ofMonth = readable(DAY_OF_MONTH_FIELD, texts.dayOfMonth);
  const [dayOfMonth, dayOfWeek] = cron.eitherDay
    ? eitherDayFields(cron, ofMonth)
    : [ofMonth, readable(DAY_OF_WEEK_FIELD, texts.dayOfWeek)];
  const words = cronstrue.toString([minute, hour, dayOfMonth, month, dayOfWeek].join(' '), {
    use24HourTimeFormat: true,
    // Says "every day" of fixed times, and would say it of "every 5 minutes" too.
    verbose: !cron.wildcard,
    logicalAndDayFields: !cron.eitherDay,
  });
  return cron.eitherDay ? words.replace(', and on ', ' or on ') : words;
};

const onceWords = (at: string, timezone: string): string => {
  const timed = timingOf({ type: 'once', at }, timezone);
  if (!timed.ok || timed.timing.type !== 'once') return `Once, at ${at}`;
  const wall = new Date(wallAt(timezone, timed.timing.at)).toISOString();
  return `Once, on ${wall.slice(0, 10)} at ${wall.slice(11, 19).replace(/:00$/, '')}`;
};

const lastDayWords = (time: string): string => `At ${time}, on the last day of the month`;

const wordsOf = (recurrence: Recurrence, timezone: string): string => {
  if (recurrence.type === 'once') return onceWords(recurrence.at, timezone);
  if (recurrence.type === 'monthly' && recurrence.day_of_month === 'last') return lastDayWords(recurrence.time);
  const expression = cronExpressionOf(recurrence);
  return expression === null ? recurrence.type : (cronWords(expression) ?? expression);
};

/** In words, with the zone: "At 09:00, Monday through Friday (Europe/Berlin)". An expression that is none says itself. */
export const describeRecurrence = (recurrence: Recurrence, timezone: string): string =>
  `${wordsOf(recurrence, timezone)} (${timezone})`;
