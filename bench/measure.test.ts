import { expect, test } from 'vitest';
import { percentile, summarize } from './measure.ts';

test('a percentile is a value that was measured, whatever the order', () => {
  const values = [5, 1, 4, 2, 3];
  expect(percentile(values, 50)).toBe(3);
  expect(percentile(values, 99)).toBe(5);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile([7], 50)).toBe(7);
});

test('with a hundred samples the 99th percentile leaves one above it', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(values, 99)).toBe(99);
  expect(summarize(values)).toEqual({ samples: 100, min: 1, p50: 50, p99: 99, max: 100 });
});

test('no samples make no figure', () => {
  expect(() => percentile([], 50)).toThrow('no samples');
});
