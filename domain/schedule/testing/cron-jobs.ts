/** Expressions for tests, each made together with the sets of values that it means, so that nothing has to read it. */
import fc from 'fast-check';
import type { OracleJob } from './cron-oracle.ts';

export type Job = OracleJob & { expression: string };

type Field = { text: string; values: number[]; star: boolean };

const span = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const star = (min: number, max: number): Field => ({ text: '*', values: span(min, max), star: true });

const fixed = (...values: number[]): Field => ({ text: values.join(','), values, star: false });

const everyNth = (values: number[], step: number): number[] => values.filter((_, index) => index % step === 0);

/** Around the end of the field when `to` is before `from`. */
const around = (min: number, max: number, from: number, to: number): number[] =>
  from <= to ? span(from, to) : [...span(from, max), ...span(min, to)];

const field = (min: number, max: number): fc.Arbitrary<Field> => {
  const value = fc.integer({ min, max });
  const step = fc.integer({ min: 1, max: Math.max(1, Math.floor(max / 2)) });
  const term: fc.Arbitrary<Field> = fc.oneof(
    value.map((only) => fixed(only)),
    fc
      .tuple(value, value)
      .map(([from, to]) => ({ text: `${from}-${to}`, values: around(min, max, from, to), star: false })),
    fc.tuple(value, value, step).map(([from, to, every]) => ({
      text: `${from}-${to}/${every}`,
      values: everyNth(around(min, max, from, to), every),
      star: false,
    })),
  );
  return fc.oneof(
    fc.constant(star(min, max)),
    step.map((every) => ({ text: `*/${every}`, values: everyNth(span(min, max), every), star: true })),
    fc.array(term, { minLength: 1, maxLength: 3 }).map((terms) => ({
      text: terms.map(({ text }) => text).join(','),
      values: terms.flatMap(({ values }) => values),
      star: false,
    })),
  );
};

type Fields = { minute: Field; hour: Field; dayOfMonth: Field; month: Field; dayOfWeek: Field };

const jobOf = ({ minute, hour, dayOfMonth, month, dayOfWeek }: Fields): Job => ({
  expression: [minute, hour, dayOfMonth, month, dayOfWeek].map(({ text }) => text).join(' '),
  minutes: new Set(minute.values),
  hours: new Set(hour.values),
  daysOfMonth: new Set(dayOfMonth.values),
  months: new Set(month.values),
  daysOfWeek: new Set(dayOfWeek.values),
  eitherDay: !dayOfMonth.star && !dayOfWeek.star,
  wildcard: minute.star || hour.star,
});

const everyDay = { dayOfMonth: star(1, 31), month: star(1, 12), dayOfWeek: star(0, 6) };

/** Any expression; some can never fire. */
export const anyJob: fc.Arbitrary<Job> = fc
  .record({
    minute: field(0, 59),
    hour: field(0, 23),
    dayOfMonth: fc.oneof({ weight: 2, arbitrary: fc.constant(everyDay.dayOfMonth) }, field(1, 31)),
    month: fc.oneof({ weight: 3, arbitrary: fc.constant(everyDay.month) }, field(1, 12)),
    dayOfWeek: fc.oneof({ weight: 2, arbitrary: fc.constant(everyDay.dayOfWeek) }, field(0, 6)),
  })
  .map(jobOf);

/** Jobs that run near the wall times, in minutes since 1970, at which a clock stands before and after it changes. */
export const jobsNear = (before: number, after: number): Job[] => {
  const hourOf = (wall: number) => Math.floor(wall / 60) % 24;
  const low = Math.min(before, after);
  const middle = low + Math.floor(Math.abs(after - before) / 2);
  return [
    // Fixed: within the change, at its two ends, several times within it, and in the hours around.
    { ...everyDay, minute: fixed(middle % 60), hour: fixed(hourOf(middle)) },
    { ...everyDay, minute: fixed(before % 60), hour: fixed(hourOf(before)) },
    { ...everyDay, minute: fixed(after % 60), hour: fixed(hourOf(after)) },
    { ...everyDay, minute: fixed(0, 15, 45), hour: fixed(hourOf(low), hourOf(low + 60), hourOf(low + 120)) },
    { ...everyDay, minute: fixed(10), hour: fixed(...span(0, 23)) },
    // Following the clock.
    { ...everyDay, minute: { text: '*/20', values: [0, 20, 40], star: true }, hour: star(0, 23) },
    { ...everyDay, minute: fixed(middle % 60), hour: star(0, 23) },
    {
      ...everyDay,
      minute: { text: '*/10', values: span(0, 5).map((n) => n * 10), star: true },
      hour: fixed(hourOf(low)),
    },
    { ...everyDay, minute: fixed(30), hour: { text: '*/2', values: everyNth(span(0, 23), 2), star: true } },
  ].map(jobOf);
};
