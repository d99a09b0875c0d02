import { parseDate } from '@internationalized/date';
import { describe, expect, test } from 'vitest';
import {
  type CalendarPlace,
  clockChangeText,
  dayBounds,
  daysOf,
  hourBounds,
  placeAddress,
  placeTitle,
  readPlace,
  turned,
} from './calendar-place.ts';

const NOW = Date.parse('2026-03-28T23:30:00.000Z');
const zurich = 'Europe/Zurich';
const place = (view: CalendarPlace['view'], date: string): CalendarPlace => ({
  view,
  date: parseDate(date),
  utc: false,
  zone: zurich,
});
const isoOf = (bounds: number[]) => bounds.map((bound) => new Date(bound).toISOString());

describe('a place in the calendar', () => {
  test('is today by the chosen clock when the address names no day', () => {
    expect(readPlace(new URLSearchParams(), NOW, zurich)).toMatchObject({ view: 'month', zone: zurich });
    expect(String(readPlace(new URLSearchParams(), NOW, zurich).date)).toBe('2026-03-29');
    expect(String(readPlace(new URLSearchParams('zone=utc'), NOW, zurich).date)).toBe('2026-03-28');
  });

  test('comes back from its address, and a broken one is today', () => {
    const there = { ...place('week', '2026-02-01'), utc: true, zone: 'UTC' };
    const read = readPlace(new URL(placeAddress(there), 'http://x').searchParams, NOW, zurich);
    expect(placeAddress(read)).toBe(placeAddress(there));
    expect(String(readPlace(new URLSearchParams('date=2026-02-31&view=year'), NOW, zurich).date)).toBe('2026-03-29');
  });

  test('is turned by what it shows', () => {
    expect(String(turned(place('month', '2026-01-31'), 1).date)).toBe('2026-02-28');
    expect(String(turned(place('week', '2026-01-01'), -1).date)).toBe('2025-12-25');
    expect(String(turned(place('day', '2026-12-31'), 1).date)).toBe('2027-01-01');
  });
});

describe('the days that are shown', () => {
  test('are whole weeks from Monday to Sunday', () => {
    const month = daysOf(place('month', '2026-03-15'));
    expect([String(month[0]), String(month.at(-1)), month.length]).toEqual(['2026-02-23', '2026-04-05', 42]);
    expect(daysOf(place('week', '2026-03-29')).map(String)[0]).toBe('2026-03-23');
    expect(placeTitle(place('week', '2026-03-29'))).toBe('Mar 23, 2026 – Mar 29, 2026');
  });

  test('begin and end when they do on the wall, also when clocks change', () => {
    expect(isoOf(dayBounds([parseDate('2026-03-29')], zurich))).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    // Clocks go from 24:00 to 01:00 there: the day begins at one.
    expect(isoOf(dayBounds([parseDate('2026-04-24')], 'Africa/Cairo'))[0]).toBe('2026-04-23T22:00:00.000Z');
  });

  test('have 23, 24 or 25 hours', () => {
    const hours = (date: string) => hourBounds(parseDate(date), zurich).length - 1;
    expect([hours('2026-03-29'), hours('2026-03-30'), hours('2026-10-25')]).toEqual([23, 24, 25]);
    expect(clockChangeText(parseDate('2026-10-25'), zurich)).toBe('This day has 25 hours: clocks go back.');
    expect(clockChangeText(parseDate('2026-10-25'), 'UTC')).toBeNull();
    expect(clockChangeText(parseDate('2026-04-05'), 'Australia/Lord_Howe')).toContain('24.5 hours');
  });
});
