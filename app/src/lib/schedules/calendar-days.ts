/** The days of a page of the calendar, each with what it shows. Pure. */
import type { CalendarDate } from '@internationalized/date';
import type { Timeline } from '#protocol/http/schedules.ts';
import { type Chip, chipsIn, shownChips } from './calendar-chips.ts';
import { type CalendarPlace, clockChangeText, dayBounds, daysOf, placeAddress } from './calendar-place.ts';

export type CalendarDay = {
  date: CalendarDate;
  isToday: boolean;
  /** The page of this day alone. */
  address: string;
  clockChange: string | null;
  shown: readonly Chip[];
  /** How many are left out. */
  more: number;
};

/** More runs of a schedule in a day than `foldAbove` are shown as one; a day has `room` for so many. */
export const calendarDays = (
  timeline: Timeline,
  place: CalendarPlace,
  today: CalendarDate,
  { foldAbove, room }: { foldAbove: number; room: number },
): CalendarDay[] => {
  const days = daysOf(place);
  const chips = chipsIn(timeline, dayBounds(days, place.zone), foldAbove);
  return days.map((date, index) => ({
    date,
    isToday: date.compare(today) === 0,
    address: placeAddress({ ...place, view: 'day', date }),
    clockChange: clockChangeText(date, place.zone),
    ...shownChips(chips[index] ?? [], room),
  }));
};
