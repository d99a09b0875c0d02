import { expect, test } from 'vitest';
import { formatDuration, formatElapsed, relativeTime } from './time.ts';

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
