import { describe, expect, test } from 'vitest';
import { DeviceId } from '#protocol/ids.ts';
import { sampleSchedule } from './sample-schedule.ts';
import { countdownText, countText, countWords, recurrenceText, targetsText } from './schedule-text.ts';

describe('a countdown', () => {
  const at = '2026-11-29T02:00:00.000Z';
  test.each([
    [3 * 86_400 + 3600, 'in 3 d 1 h'],
    [125, 'in 2 min 5 s'],
    [30, 'in 30 s'],
    [0.2, 'in 1 s'],
    [0, 'due now'],
    [-59, 'due now'],
    [-200, 'due 3 min 20 s ago'],
  ])('%f seconds before says %s', (left, text) => {
    expect(countdownText(at, Date.parse(at) - left * 1000)).toBe(text);
  });
});

test('a count names its limit', () => {
  expect(countText({ execution_count: 16, max_executions: null })).toBe('16/∞');
  expect(countText({ execution_count: 3, max_executions: 10 })).toBe('3/10');
  expect(countWords({ execution_count: 1, max_executions: 10, count: 'successes' })).toBe('1 success, at most 10');
});

test('a recurrence leaves its zone to what stands beside it', () => {
  const described = (description: string) => recurrenceText({ description, timezone: 'Europe/Zurich' });
  expect(described('At 02:30, every day (Europe/Zurich)')).toBe('At 02:30, every day');
  expect(described('Every minute (UTC)')).toBe('Every minute (UTC)');
});

const DEVICES = DeviceId.array().parse([1, 2, 3].map((number) => `dev_${String(number).padStart(26, '0')}`));

test('targets are named as far as names are known', () => {
  const named = (target_names: string[]) => targetsText(sampleSchedule(1, { device_ids: DEVICES, target_names }));
  expect(named(['a', 'b', 'c'])).toBe('a, b, c');
  expect(named(['a', 'b'])).toBe('a, b and 1 more');
  expect(named([])).toBe('3 targets');
});
