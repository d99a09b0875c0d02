/**
 * Cron expressions of five fields, read as cronie reads them. Pure; what a clock change does to them is in `next-run.ts`.
 * They are brought into a normal form that cron-parser reads as cronie does; it says which values each field has.
 */
import { CronExpressionParser } from 'cron-parser';
import {
  DAY_OF_MONTH_FIELD,
  DAY_OF_WEEK_FIELD,
  HOUR_FIELD,
  MINUTE_FIELD,
  MONTH_FIELD,
  parseField,
} from './cron-field.ts';

export type Cron = {
  /** Ascending. */
  minutes: readonly number[];
  /** Ascending. */
  hours: readonly number[];
  /** `last` is the last day of each month, which no expression says. */
  daysOfMonth: ReadonlySet<number> | 'last';
  months: ReadonlySet<number>;
  /** 0 is Sunday; 7 does not occur. */
  daysOfWeek: ReadonlySet<number>;
  /** Both day fields are restricted: a day that suits either will do. Otherwise both must hold. */
  eitherDay: boolean;
  /** Minute or hour begins with `*`: it follows the wall clock through changes; others are jobs of fixed times. */
  wildcard: boolean;
};

export type ParsedCron = { ok: true; cron: Cron } | { ok: false; message: string };

const MACROS = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const MACRO_NAMES = [...MACROS.keys()].join(' ');
const TAKES_FIVE = `must be five fields (minute, hour, day-of-month, month, day-of-week) or one of ${MACRO_NAMES}`;

/** Trimmed, with single blanks; macros stay as they are. A line break is no blank: the expression is one line. */
export const tidyCron = (text: string): string => text.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');

export type CronTexts = { minute: string; hour: string; dayOfMonth: string; month: string; dayOfWeek: string };

export const cronTexts = (text: string): CronTexts | null => {
  const tidy = tidyCron(text);
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...rest] = (MACROS.get(tidy) ?? tidy).split(' ');
  if (minute === undefined || hour === undefined || dayOfMonth === undefined) return null;
  if (month === undefined || dayOfWeek === undefined || rest.length > 0) return null;
  return { minute, hour, dayOfMonth, month, dayOfWeek };
};

const notFive = (text: string): string => {
  const tidy = tidyCron(text);
  if (tidy.startsWith('@')) return `"${tidy}" is not a known macro; ${TAKES_FIVE}`;
  return `${TAKES_FIVE}; this has ${tidy === '' ? 0 : tidy.split(' ').length}`;
};

const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Each date of the calendar falls on each weekday in some year, so only dates that are in no year never come. */
const neverComes = (daysOfMonth: ReadonlySet<number>, months: ReadonlySet<number>): boolean =>
  !LONGEST_MONTH.some((days, index) => months.has(index + 1) && [...daysOfMonth].some((day) => day <= days));

const hint = (dayOfMonth: string): string =>
  /L/i.test(dayOfMonth) ? '; the last day is a monthly recurrence with day_of_month "last"' : '';

/** Each value once and in order: no names, ranges or steps, about which the two differ. */
const normalField = (values: ReadonlySet<number>): string => [...values].sort((a, b) => a - b).join(',');

const numbers = (values: readonly (number | string)[]): number[] => values.filter((value) => typeof value === 'number');

export const parseCron = (text: string): ParsedCron => {
  const texts = cronTexts(text);
  if (texts === null) return { ok: false, message: notFive(text) };
  const minutes = parseField(MINUTE_FIELD, texts.minute);
  if (!minutes.ok) return minutes;
  const hours = parseField(HOUR_FIELD, texts.hour);
  if (!hours.ok) return hours;
  const daysOfMonth = parseField(DAY_OF_MONTH_FIELD, texts.dayOfMonth);
  if (!daysOfMonth.ok) return { ok: false, message: daysOfMonth.message + hint(texts.dayOfMonth) };
  const months = parseField(MONTH_FIELD, texts.month);
  if (!months.ok) return months;
  const daysOfWeek = parseField(DAY_OF_WEEK_FIELD, texts.dayOfWeek);
  if (!daysOfWeek.ok) return daysOfWeek;
  const eitherDay = !texts.dayOfMonth.startsWith('*') && !texts.dayOfWeek.startsWith('*');
  if (!eitherDay && neverComes(daysOfMonth.values, months.values)) {
    const message = `day-of-month: "${texts.dayOfMonth}" comes in no month of "${texts.month}", so it would never run; takes a day that one of its months has`;
    return { ok: false, message };
  }
  const normal = (day: string, month: string) =>
    CronExpressionParser.parse(
      [normalField(minutes.values), normalField(hours.values), day, month, normalField(daysOfWeek.values)].join(' '),
    ).fields;
  // Apart: it holds days of the month against the months, also where a weekday would do instead.
  const fields = normal(normalField(daysOfMonth.values), '*');
  const { month } = normal('*', normalField(months.values));
  return {
    ok: true,
    cron: {
      minutes: numbers(fields.minute.values),
      hours: numbers(fields.hour.values),
      daysOfMonth: new Set(numbers(fields.dayOfMonth.values)),
      months: new Set(numbers(month.values)),
      daysOfWeek: new Set(numbers(fields.dayOfWeek.values)),
      eitherDay,
      wildcard: texts.minute.startsWith('*') || texts.hour.startsWith('*'),
    },
  };
};
