/** Times and durations as people read them. All pure: the clock comes in. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const dayOnly = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const clockTime = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** Days apart in the reader's calendar: at noon the day after tomorrow is two days away, also its morning. */
const daysApart = (at: number, now: number): number => {
  const dayOf = (time: number): number => {
    const date = new Date(time);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY;
  };
  return dayOf(at) - dayOf(now);
};

/** "5 min. ago", "in 2 hr."; beyond a month the date. */
export const relativeTime = (at: string, now: number): string => {
  const difference = Date.parse(at) - now;
  const distance = Math.abs(difference);
  if (distance < 10 * SECOND) return 'just now';
  if (distance < MINUTE) return relative.format(Math.trunc(difference / SECOND), 'second');
  if (distance < HOUR) return relative.format(Math.trunc(difference / MINUTE), 'minute');
  if (distance < DAY) return relative.format(Math.trunc(difference / HOUR), 'hour');
  if (distance < 30 * DAY) return relative.format(daysApart(Date.parse(at), now), 'day');
  return dayOnly.format(Date.parse(at));
};

/** Date and time in the reader's own time zone. */
export const absoluteTime = (at: string): string => absolute.format(Date.parse(at));

/** HH:MM in the reader's own time zone. */
export const timeOfDay = (milliseconds: number): string => clockTime.format(milliseconds);

const twoParts = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;

/** "840 ms", "4.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". Below zero, by clocks that differ, counts as nothing. */
export const formatDuration = (milliseconds: number): string => {
  const length = Math.max(0, milliseconds);
  if (length < SECOND) return `${Math.round(length)} ms`;
  if (length < 10 * SECOND) return `${(Math.floor(length / 100) / 10).toFixed(1)} s`;
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return twoParts(Math.floor(length / MINUTE), 'min', Math.floor((length % MINUTE) / SECOND), 's');
  if (length < DAY) return twoParts(Math.floor(length / HOUR), 'h', Math.floor((length % HOUR) / MINUTE), 'min');
  return twoParts(Math.floor(length / DAY), 'd', Math.floor((length % DAY) / HOUR), 'h');
};

/** A time that still runs: whole seconds, since parts of them would only flicker. */
export const formatElapsed = (milliseconds: number): string =>
  milliseconds < MINUTE ? `${Math.max(0, Math.floor(milliseconds / SECOND))} s` : formatDuration(milliseconds);
