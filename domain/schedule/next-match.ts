/** The next wall time that the fields of a cron expression name. Knows calendars, and nothing of zones. Pure. */
import type { Millis } from '../millis.ts';
import type { Cron } from './cron.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './zone.ts';

/**
 * The longest time between two dates of one kind: February 29 on a given weekday comes every 28 years, and after a century
 * that is no leap year, such as 2100, after 40.
 */
const LONGEST_WAIT_DAYS = 41 * 366;

const timeOfDayFrom = (cron: Cron, earliest: Millis): Millis | null => {
  for (const hour of cron.hours) {
    if (hour * HOUR_MS + 59 * MINUTE_MS < earliest) continue;
    for (const minute of cron.minutes) {
      const time = hour * HOUR_MS + minute * MINUTE_MS;
      if (time >= earliest) return time;
    }
  }
  return null;
};

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** `month` from 1. */
const daysIn = (year: number, month: number): number => {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
};

const suits = (cron: Cron, dayOfMonth: number, dayOfWeek: number, length: number): boolean => {
  const ofMonth = cron.daysOfMonth === 'last' ? dayOfMonth === length : cron.daysOfMonth.has(dayOfMonth);
  const ofWeek = cron.daysOfWeek.has(dayOfWeek);
  return cron.eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
};

/** Strictly after `after`. */
export const nextMatch = (cron: Cron, after: Millis): Millis | null => {
  const first = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS;
  // Days are counted from 1970-01-01.
  const today = Math.floor(first / DAY_MS);
  for (let day = today; day < today + LONGEST_WAIT_DAYS; ) {
    const date = new Date(day * DAY_MS);
    const month = date.getUTCMonth() + 1;
    const length = daysIn(date.getUTCFullYear(), month);
    if (!cron.months.has(month)) {
      day += length - date.getUTCDate() + 1;
      continue;
    }
    if (suits(cron, date.getUTCDate(), date.getUTCDay(), length)) {
      const time = timeOfDayFrom(cron, day === today ? first - day * DAY_MS : 0);
      if (time !== null) return day * DAY_MS + time;
    }
    day += 1;
  }
  return null;
};
