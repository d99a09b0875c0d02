/** How runs in the calendar are called and drawn. */
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import { outcomeLook, type StatusLook } from '../ui/status.ts';
import type { Chip, MarkOutcome } from './calendar-chips.ts';

export const markLook: Record<MarkOutcome, StatusLook> = {
  ...outcomeLook,
  next: { label: 'To come', tone: 'idle', icon: CalendarClock },
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** "02:30", by the clock of a zone. */
export const timeIn = (milliseconds: number, zone: string): string => {
  const known = formats.get(zone);
  const format =
    known ?? new Intl.DateTimeFormat('en', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (known === undefined) formats.set(zone, format);
  return format.format(milliseconds);
};

/** "GMT+1". */
export const offsetIn = (milliseconds: number, zone: string): string =>
  new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' })
    .formatToParts(milliseconds)
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';

const unlistedText = 'There may be more than can be listed.';

/** All of a chip in words: for a title, and for those who do not see its signs. */
export const chipWords = (chip: Chip, zone: string): string => {
  const { mark, counts, name, unlisted } = chip;
  if (mark !== null) {
    const until = mark.until === null ? '' : `, and all until ${timeIn(mark.until, zone)}`;
    const reason = mark.reason === null ? '' : ` (${mark.reason})`;
    return `${name}, ${timeIn(mark.at, zone)}${until}: ${markLook[mark.outcome].label}${reason}`;
  }
  const parts = counts.map(({ outcome, count }) => `${count} ${markLook[outcome].label.toLowerCase()}`);
  if (parts.length === 0) return `${name}. ${unlistedText}`;
  return `${name}: ${parts.join(', ')}${unlisted ? `. ${unlistedText}` : ''}`;
};
