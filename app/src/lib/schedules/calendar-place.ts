/** Where one looks in the calendar: which view, around which day, by whose clock. It is in the page's address. Pure. */
import {
  type CalendarDate,
  endOfMonth,
  endOfWeek,
  fromAbsolute,
  parseDate,
  startOfMonth,
  startOfWeek,
  toCalendarDate,
} from '@internationalized/date';
import { queryString } from '../api/http.ts';

export const views = ['month', 'week', 'day'] as const;
export type CalendarView = (typeof views)[number];

export type CalendarPlace = {
  view: CalendarView;
  date: CalendarDate;
  /** By the clock of UTC instead of the reader's. */
  utc: boolean;
  /** The zone whose days are shown. */
  zone: string;
};

/** The locale only says what a week is: it begins on Monday. */
const LOCALE = 'en-GB';

export const dateAt = (milliseconds: number, zone: string): CalendarDate =>
  toCalendarDate(fromAbsolute(milliseconds, zone));

const dateOf = (text: string | null): CalendarDate | null => {
  try {
    return parseDate(text ?? '');
  } catch {
    return null;
  }
};

export const readPlace = (params: URLSearchParams, now: number, viewerZone: string): CalendarPlace => {
  const utc = params.get('zone') === 'utc';
  const zone = utc ? 'UTC' : viewerZone;
  const view = views.find((candidate) => candidate === params.get('view')) ?? 'month';
  return { view, utc, zone, date: dateOf(params.get('date')) ?? dateAt(now, zone) };
};

export const placeAddress = ({ view, date, utc }: Omit<CalendarPlace, 'zone'>): string =>
  `/schedules/calendar${queryString({
    view: view === 'month' ? '' : view,
    date: date.toString(),
    zone: utc ? 'utc' : '',
  })}`;

/** The page before (-1) or after (1). */
export const turned = (place: CalendarPlace, step: 1 | -1): CalendarPlace => {
  const units = { month: 'months', week: 'weeks', day: 'days' } as const;
  return { ...place, date: place.date.add({ [units[place.view]]: step }) };
};

const boundsOf = ({ view, date }: CalendarPlace): [CalendarDate, CalendarDate] => {
  switch (view) {
    case 'month':
      return [startOfWeek(startOfMonth(date), LOCALE), endOfWeek(endOfMonth(date), LOCALE)];
    case 'week':
      return [startOfWeek(date, LOCALE), endOfWeek(date, LOCALE)];
    case 'day':
      return [date, date];
  }
};

/** All days that are shown, in order: whole weeks of a month. */
export const daysOf = (place: CalendarPlace): CalendarDate[] => {
  const [first, last] = boundsOf(place);
  const days: CalendarDate[] = [];
  for (let day = first; day.compare(last) <= 0; day = day.add({ days: 1 })) days.push(day);
  return days;
};

const HOUR_MS = 3_600_000;

/** The instants at which days begin, and the one at which the last ends. A day has the hours that it has: 23, 24 or 25. */
export const dayBounds = (days: readonly CalendarDate[], zone: string): number[] => {
  const last = days.at(-1);
  const after = last === undefined ? [] : [last.add({ days: 1 })];
  return [...days, ...after].map((day) => day.toDate(zone).getTime());
};

/** The instants at which the hours of one day begin, and the one at which it ends. */
export const hourBounds = (day: CalendarDate, zone: string): number[] => {
  const [start = 0, end = 0] = dayBounds([day], zone);
  const hours: number[] = [];
  for (let hour = start; hour < end; hour += HOUR_MS) hours.push(hour);
  return [...hours, end];
};

/** What a clock change makes of a day; null for a common one. */
export const clockChangeText = (day: CalendarDate, zone: string): string | null => {
  const [start = 0, end = 0] = dayBounds([day], zone);
  const hours = (end - start) / HOUR_MS;
  if (hours === 24) return null;
  return `This day has ${hours} hours: clocks go ${hours < 24 ? 'forward' : 'back'}.`;
};

const format = (options: Intl.DateTimeFormatOptions) => {
  const formatter = new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' });
  return (date: CalendarDate): string => formatter.format(date.toDate('UTC'));
};

const monthTitle = format({ month: 'long', year: 'numeric' });
const shortDay = format({ day: 'numeric', month: 'short', year: 'numeric' });
/** "Sunday, March 29, 2026". */
export const dayTitle = format({ dateStyle: 'full' });
/** "Sun, Mar 29". */
export const dayLabel = format({ weekday: 'short', day: 'numeric', month: 'short' });
export const weekdayLabel = format({ weekday: 'short' });

export const placeTitle = (place: CalendarPlace): string => {
  switch (place.view) {
    case 'month':
      return monthTitle(place.date);
    case 'week': {
      const [first, last] = boundsOf(place);
      return `${shortDay(first)} – ${shortDay(last)}`;
    }
    case 'day':
      return dayTitle(place.date);
  }
};
