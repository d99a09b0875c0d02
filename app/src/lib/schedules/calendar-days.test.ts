import { parseDate } from '@internationalized/date';
import { describe, expect, test } from 'vitest';
import { Timeline } from '#protocol/http/schedules.ts';
import { calendarDays } from './calendar-days.ts';
import type { CalendarPlace } from './calendar-place.ts';
import { sampleId } from './sample-schedule.ts';

/** The week in which clocks go forward in Berlin, on its last day. */
const place: CalendarPlace = { view: 'week', date: parseDate('2026-03-25'), utc: false, zone: 'Europe/Berlin' };
const coming = (number: number) => ({
  schedule_id: sampleId(number),
  name: `nightly ${number}`,
  runs: ['2026-03-24T23:30:00.000Z'],
  more: false,
});
const timeline = Timeline.parse({
  from: '2026-03-22T23:00:00.000Z',
  to: '2026-03-29T22:00:00.000Z',
  past: [],
  upcoming: [coming(1), coming(2), coming(3)],
  more: false,
});
const days = calendarDays(timeline, place, parseDate('2026-03-26'), { foldAbove: 2, room: 2 });

describe('the days of a week in the calendar', () => {
  test('are its seven, each with the way to itself; one is today', () => {
    expect(days.map(({ date }) => date.day)).toEqual([23, 24, 25, 26, 27, 28, 29]);
    expect(days.map(({ address }) => address)).toContain('/schedules/calendar?view=day&date=2026-03-25');
    expect(days.filter(({ isToday }) => isToday).map(({ date }) => date.day)).toEqual([26]);
  });

  test('have what falls into them by the clock of their zone, as far as there is room', () => {
    expect(days[1]).toMatchObject({ shown: [], more: 0 });
    expect(days[2]?.shown.map(({ name }) => name)).toEqual(['nightly 1']);
    expect(days[2]?.more).toBe(2);
  });

  test('say when clocks change', () =>
    expect(days.map(({ clockChange }) => clockChange !== null)).toEqual([...Array(6).fill(false), true]));
});
