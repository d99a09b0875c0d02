/**
 * The clocks of time zones: what they show at an instant, when they show it, and where they change. A wall time is the epoch
 * milliseconds at which a clock of UTC shows the same. The runtime's own zone data decides, by `Intl`.
 */
import { assertInvariant, assertNever } from '#protocol/assert.ts';
import { readMoment } from '#protocol/recurrence.ts';
import type { Millis } from '../millis.ts';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Cron takes a larger jump for a clock that was set anew: nothing is made up for, and nothing counts as repeated. */
export const LARGEST_SHIFT_MS = 3 * HOUR_MS;

/** More than there are zones; names are taken in any case, so that without a bound a sender of names could fill the memory. */
const MAX_FORMATTERS = 600;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making one takes fifty times as long as using it. */
const formatterOf = (timezone: string): Intl.DateTimeFormat => {
  const known = formatters.get(timezone);
  if (known !== undefined) return known;
  // The offset alone is asked for: years before 1 and 24:00 for midnight need no thought then.
  const made = new Intl.DateTimeFormat('en-US', { timeZone: timezone, minute: 'numeric', timeZoneName: 'longOffset' });
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  formatters.set(timezone, made);
  return made;
};

const OFFSET = /GMT(?:(?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d)(?::(?<seconds>\d\d))?)?$/;

/** What the zone's clock is ahead of UTC at an instant. */
export const offsetAt = (timezone: string, at: Millis): Millis => {
  const text = formatterOf(timezone).format(at);
  const match = OFFSET.exec(text);
  assertInvariant(match !== null, `"${text}" ends with an offset`);
  const { sign, hours, minutes, seconds } = match.groups ?? {};
  const ahead = Number(hours ?? 0) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS + Number(seconds ?? 0) * SECOND_MS;
  return sign === '-' ? -ahead : ahead;
};

export const wallAt = (timezone: string, at: Millis): Millis => at + offsetAt(timezone, at);

/** A change of the clock: `at` is the first instant with the new offset. */
export type Change = { at: Millis; before: Millis; after: Millis };

/** How far the clock jumps: forward over a gap, or back so that times come twice. */
export const jumpOf = ({ before, after }: Change): Millis => after - before;

export const isShift = (change: Change): boolean => Math.abs(jumpOf(change)) <= LARGEST_SHIFT_MS;

/** The change after `from` and up to `to`, which are a few days apart at most: no zone changes and changes back so soon. */
export const changeIn = (timezone: string, from: Millis, to: Millis): Change | null => {
  const before = offsetAt(timezone, from);
  if (offsetAt(timezone, to) === before) return null;
  // Clocks change at whole seconds.
  let low = Math.floor(from / SECOND_MS);
  let high = Math.ceil(to / SECOND_MS);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timezone, middle * SECOND_MS) === before) low = middle;
    else high = middle;
  }
  const at = high * SECOND_MS;
  return { at, before, after: offsetAt(timezone, at) };
};

export type Occurrence =
  | { type: 'once'; at: Millis }
  | { type: 'twice'; first: Millis; last: Millis }
  /** The clock jumps over it. */
  | { type: 'never'; change: Change };

/** When the zone's clock shows a wall time. */
export const occurrenceOf = (timezone: string, wall: Millis): Occurrence => {
  // A day to each side is more than any offset together with any change, but for lost days, in which the time is anyway.
  const from = wall - DAY_MS;
  const to = wall + DAY_MS;
  const shows = (offset: Millis) => offsetAt(timezone, wall - offset) === offset;
  const before = offsetAt(timezone, from);
  const after = offsetAt(timezone, to);
  if (before !== after && shows(before) && shows(after))
    return { type: 'twice', first: wall - Math.max(before, after), last: wall - Math.min(before, after) };
  if (shows(before)) return { type: 'once', at: wall - before };
  if (shows(after)) return { type: 'once', at: wall - after };
  const change = changeIn(timezone, from, to);
  assertInvariant(change !== null, 'a time that a clock does not show is jumped over by a change');
  return { type: 'never', change };
};

/** The instant of a wall time: right after a gap that it is in, and the first of two. */
export const instantOf = (timezone: string, wall: Millis): Millis => {
  const occurrence = occurrenceOf(timezone, wall);
  switch (occurrence.type) {
    case 'once':
      return occurrence.at;
    case 'twice':
      return occurrence.first;
    case 'never':
      return occurrence.change.at;
    default:
      return assertNever(occurrence);
  }
};

/** The last instant of a day that begins at the wall time `day`, also when its end comes twice or not at all. */
const endOfDay = (timezone: string, day: Millis): Millis => {
  const occurrence = occurrenceOf(timezone, day + DAY_MS - 1);
  switch (occurrence.type) {
    case 'once':
      return occurrence.at;
    case 'twice':
      return occurrence.last;
    case 'never':
      return occurrence.change.at - 1;
    default:
      return assertNever(occurrence);
  }
};

/** When a `Moment` of `start_date` or `end_date` is; null for text that is none. A date alone is the edge of that day. */
export const momentOf = (text: string, timezone: string, edge: 'start' | 'end'): Millis | null => {
  const read = readMoment(text);
  if (read === null) return null;
  switch (read.type) {
    case 'instant':
      return read.at;
    case 'wall_time':
      return instantOf(timezone, read.wall);
    case 'date':
      return edge === 'start' ? instantOf(timezone, read.wall) : endOfDay(timezone, read.wall);
    default:
      return assertNever(read);
  }
};
