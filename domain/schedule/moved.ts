/** Says in a few words why a run is not when its recurrence says. Pure. */
import type { Millis } from '../millis.ts';
import { type Change, DAY_MS, occurrenceOf } from './zone.ts';

const dateOf = (wall: Millis): string => new Date(wall).toISOString().slice(0, 10);

/** With seconds only where there are some. */
const timeOf = (wall: Millis): string => new Date(wall).toISOString().slice(11, 19).replace(/:00$/, '');

const several = (walls: readonly Millis[]): string => {
  const times = walls.map(timeOf);
  return times.length === 2 ? times.join(' and ') : `${times.at(0)} to ${times.at(-1)}`;
};

/** `skipped` are wall times, at least one. */
export const skippedText = (skipped: readonly Millis[], change: Change): string => {
  const resumes = change.at + change.after;
  const what = skipped.length === 1 ? `${skipped.map(timeOf)} does` : `${several(skipped)} do`;
  const runs = skipped.length === 1 ? 'runs' : 'runs once,';
  const sameDay = skipped.every((wall) => Math.floor(wall / DAY_MS) === Math.floor(resumes / DAY_MS));
  return sameDay
    ? `${what} not exist on this day: ${runs} at ${timeOf(resumes)}`
    : `${what} not exist on ${skipped.slice(0, 1).map(dateOf)}: ${runs} at ${timeOf(resumes)} on ${dateOf(resumes)}`;
};

export const repeatedText = (wall: Millis): string => `${timeOf(wall)} comes twice on this day: runs at the first`;

/** Of a single run at a wall time; null when the clock shows it once. */
export const movedWall = (timezone: string, wall: Millis): string | null => {
  const occurrence = occurrenceOf(timezone, wall);
  if (occurrence.type === 'never') return skippedText([wall], occurrence.change);
  return occurrence.type === 'twice' ? repeatedText(wall) : null;
};
