/** A date and a time of day as a person fills them in, and the way from them to a moment and back. */
import { readMoment } from '#protocol/recurrence.ts';

export interface MomentForm {
  /** YYYY-MM-DD; empty: none. */
  date: string;
  /** HH:MM; empty where the day is enough. */
  time: string;
}

export const emptyMoment = (): MomentForm => ({ date: '', time: '' });

export const isEmptyMoment = ({ date, time }: MomentForm): boolean => date === '' && time === '';

/** Wall time of the schedule's zone, or a day alone. */
export const momentText = ({ date, time }: MomentForm): string => (time === '' ? date : `${date}T${time}`);

export const momentOrNull = (moment: MomentForm): string | null => (isEmptyMoment(moment) ? null : momentText(moment));

/** What a clock on a wall shows there, as the milliseconds at which a clock of UTC shows the same. */
const wallAt = (at: number, timezone: string): number => {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((candidate) => candidate.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
};

type Wall = MomentForm & { second: string };

const fields = (wall: number): Wall => {
  const text = new Date(wall).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 16), second: text.slice(17, 19) };
};

/** Null for what is no moment. */
const wallOf = (moment: string, timezone: string): Wall | null => {
  const read = readMoment(moment);
  if (read === null) return null;
  return fields(read.type === 'instant' ? wallAt(read.at, timezone) : read.wall);
};

export const momentForm = (moment: string, timezone: string): MomentForm => {
  const wall = wallOf(moment, timezone);
  return wall === null ? emptyMoment() : { date: wall.date, time: wall.time };
};

/** The beginning of a day, or its end, is the day alone. */
export const dayForm = (moment: string | null, timezone: string, edge: '00:00:00' | '23:59:59'): MomentForm => {
  const wall = moment === null ? null : wallOf(moment, timezone);
  if (wall === null) return emptyMoment();
  return { date: wall.date, time: `${wall.time}:${wall.second}` === edge ? '' : wall.time };
};
