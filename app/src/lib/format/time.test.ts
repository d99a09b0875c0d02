import { expect, test } from 'vitest';
import { absoluteTime, formatDuration, formatElapsed, relativeTime } from './time.ts';

const now = Date.parse('2026-03-10T12:00:00.000Z');
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

test.each([
  [3, 'just now'],
  [-3, 'just now'],
  [45, '45 sec. ago'],
  [300, '5 min. ago'],
  [7199, '1 hr. ago'],
  [86_400, 'yesterday'],
  [3 * 86_400, '3 days ago'],
  [-7200, 'in 2 hr.'],
])('%i seconds back reads %s', (seconds, text) => {
  expect(relativeTime(before(seconds), now)).toBe(text);
});

test('a day is one of the calendar, not a length of 24 hours', () => {
  const evening = new Date(2026, 2, 10, 22, 45).getTime();
  const morning = (day: number) => new Date(2026, 2, day, 9, 0).toISOString();
  expect([12, 13, 9, 8].map((day) => relativeTime(morning(day), evening))).toEqual([
    'in 2 days',
    'in 3 days',
    'yesterday',
    '2 days ago',
  ]);
});

test('a time of day is told by a clock of 24 hours', () => {
  expect(absoluteTime(new Date(2026, 2, 10, 22, 45).toISOString())).toBe('Mar 10, 2026, 22:45:00');
  expect(absoluteTime(new Date(2026, 2, 10, 0, 5).toISOString())).toBe('Mar 10, 2026, 00:05:00');
});

test('what is long ago reads as a date', () => {
  expect(relativeTime(before(90 * 86_400), now)).toBe('Dec 10, 2025');
});

test.each([
  [-50, '0 ms'],
  [840, '840 ms'],
  [4280, '4.2 s'],
  [59_999, '59 s'],
  [200_000, '3 min 20 s'],
  [120_000, '2 min'],
  [7_500_000, '2 h 5 min'],
  [273_600_000, '3 d 4 h'],
])('%i ms reads %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('a time that runs shows whole seconds', () => {
  expect([-5, 879, 4280, 61_500].map(formatElapsed)).toEqual(['0 s', '0 s', '4 s', '1 min 1 s']);
});
