/** When a schedule fires: its recurrence, time zone and limits in time, as people and programs write them. */
import { z } from 'zod';

const MINUTE_MS = 60_000;

const NOT_A_TIME = 'must be a time of day as HH:MM, from 00:00 to 23:59';
export const TimeOfDay = z.string(NOT_A_TIME).regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, NOT_A_TIME);

const isZone = (name: string): boolean => {
  // Newer runtimes take offsets for zones, but a job of a fixed offset would not follow the clocks that people live by.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

const NOT_A_ZONE = 'must be an IANA time zone such as Europe/Berlin or UTC; offsets such as +05:30 are not taken';
export const Timezone = z.string(NOT_A_ZONE).max(64, { error: NOT_A_ZONE, abort: true }).refine(isZone, NOT_A_ZONE);

/**
 * A moment that was read. `at` is epoch milliseconds; `wall` is what a clock on a wall shows, as the milliseconds at which a
 * clock of UTC shows the same, because only with a zone it becomes a moment.
 */
export type ReadMoment =
  | { type: 'instant'; at: number }
  | { type: 'wall_time'; wall: number }
  | { type: 'date'; wall: number };

const MOMENT =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>(?:[01]\d|2[0-3]):[0-5]\d)(?<seconds>:[0-5]\d)?(?<fraction>\.\d{1,9})?(?<offset>Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;

/** Null for February 30, which the language's own parser would take for March 2. */
const dayOf = (date: string): number | null => {
  const day = Date.parse(`${date}T00:00:00Z`);
  return Number.isFinite(day) && new Date(day).toISOString().startsWith(date) ? day : null;
};

const offsetOf = (text: string): number => {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
  return (text.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
};

export const readMoment = (text: string): ReadMoment | null => {
  const { date, time, seconds, fraction, offset } = MOMENT.exec(text)?.groups ?? {};
  const day = date === undefined ? null : dayOf(date);
  if (day === null) return null;
  if (time === undefined) return { type: 'date', wall: day };
  // A fraction comes from a program, which knows its offset, and needs seconds to be a fraction of.
  if (fraction !== undefined && (seconds === undefined || offset === undefined)) return null;
  const wall =
    day +
    Number(time.slice(0, 2)) * 60 * MINUTE_MS +
    Number(time.slice(3)) * MINUTE_MS +
    Number(seconds?.slice(1) ?? 0) * 1000 +
    Number((fraction ?? '.').slice(1, 4).padEnd(3, '0'));
  return offset === undefined ? { type: 'wall_time', wall } : { type: 'instant', at: wall - offsetOf(offset) };
};

const INSTANT_OR_WALL_TIME =
  'a time with an offset such as 2026-03-01T09:00:00Z, or a time in the time zone of the schedule such as 2026-03-01T09:00';
const NOT_A_MOMENT = `must be ${INSTANT_OR_WALL_TIME}, or a date such as 2026-03-01`;
const NOT_A_TIME_ON_A_DAY = `must be ${INSTANT_OR_WALL_TIME}`;

/** Of `start_date` and `end_date`: a date alone is all of that day. */
export const Moment = z
  .string(NOT_A_MOMENT)
  .trim()
  .refine((text) => readMoment(text) !== null, NOT_A_MOMENT);
export type Moment = z.infer<typeof Moment>;

const timeOnADay = (text: string): boolean => {
  const read = readMoment(text);
  return read !== null && read.type !== 'date';
};

const NOT_DAYS = 'must be at least one day of the week, as numbers from 0 (Sunday) to 6 (Saturday); 7 is Sunday too';
const Weekday = z.int(NOT_DAYS).min(0, NOT_DAYS).max(7, NOT_DAYS);
const onceEach = (days: number[]): number[] => [...new Set(days.map((day) => day % 7))].sort((a, b) => a - b);

const NOT_A_DAY_OF_MONTH = 'must be a day of the month from 1 to 31, or "last"';
const DayOfMonth = z.int().min(1, NOT_A_DAY_OF_MONTH).max(31, NOT_A_DAY_OF_MONTH);
const NOT_AN_EXPRESSION = 'must be a cron expression of 1 to 200 characters, such as "0 9 * * MON-FRI"';

export const Recurrence = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('once'),
      at: z.string(NOT_A_TIME_ON_A_DAY).trim().refine(timeOnADay, NOT_A_TIME_ON_A_DAY),
    }),
    z.strictObject({ type: z.literal('daily'), time: TimeOfDay }),
    z.strictObject({
      type: z.literal('weekly'),
      days: z.array(Weekday, NOT_DAYS).min(1, NOT_DAYS).overwrite(onceEach),
      time: TimeOfDay,
    }),
    z.strictObject({
      type: z.literal('monthly'),
      /** Months that are too short for a day are skipped; `last` is in every month. */
      day_of_month: z.union([DayOfMonth, z.literal('last')], NOT_A_DAY_OF_MONTH),
      time: TimeOfDay,
    }),
    z.strictObject({
      type: z.literal('cron'),
      /** Its grammar is checked where it becomes a timing, in `domain/schedule/`. */
      cron_expression: z.string(NOT_AN_EXPRESSION).min(1, NOT_AN_EXPRESSION).max(200, NOT_AN_EXPRESSION),
    }),
  ],
  'type must be once, daily, weekly, monthly or cron',
);
export type Recurrence = z.infer<typeof Recurrence>;

export type SchedulePreset = { id: string; label: string; cron_expression: string };

/** What a form offers beside an expression of one's own. */
export const SCHEDULE_PRESETS: readonly SchedulePreset[] = [
  { id: 'every_minute', label: 'Every minute', cron_expression: '* * * * *' },
  { id: 'every_5_minutes', label: 'Every 5 minutes', cron_expression: '*/5 * * * *' },
  { id: 'every_10_minutes', label: 'Every 10 minutes', cron_expression: '*/10 * * * *' },
  { id: 'every_30_minutes', label: 'Every 30 minutes', cron_expression: '*/30 * * * *' },
  { id: 'hourly', label: 'Every hour', cron_expression: '0 * * * *' },
  { id: 'every_2_hours', label: 'Every 2 hours', cron_expression: '0 */2 * * *' },
  { id: 'daily_2am', label: 'Daily at 02:00', cron_expression: '0 2 * * *' },
  { id: 'daily_10am', label: 'Daily at 10:00', cron_expression: '0 10 * * *' },
  {
    id: 'three_times_daily',
    label: 'Three times a day, at 08:00, 14:00 and 20:00',
    cron_expression: '0 8,14,20 * * *',
  },
  { id: 'weekdays_9am', label: 'Monday to Friday at 09:00', cron_expression: '0 9 * * 1-5' },
  {
    id: 'business_hours_hourly',
    label: 'Monday to Friday, every hour from 09:00 to 17:00',
    cron_expression: '0 9-17 * * 1-5',
  },
  {
    id: 'business_hours_15_minutes',
    label: 'Monday to Friday, every 15 minutes from 09:00 to 17:45',
    cron_expression: '*/15 9-17 * * 1-5',
  },
  { id: 'overnight_hourly', label: 'Every hour from 22:00 to 06:00', cron_expression: '0 22-6 * * *' },
  { id: 'weekends_midnight', label: 'Saturday and Sunday at midnight', cron_expression: '0 0 * * 0,6' },
  { id: 'weekly_monday', label: 'Mondays at midnight', cron_expression: '0 0 * * 1' },
  { id: 'monthly_first', label: 'On the 1st of each month at midnight', cron_expression: '0 0 1 * *' },
];
