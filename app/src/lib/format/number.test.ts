import { expect, test } from 'vitest';
import { formatBytes, formatPercent, plural } from './number.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [999_999, '1.0 MB'],
  [1_440_000, '1.4 MB'],
  [123_000_000, '123 MB'],
  [5_000_000_000_000_000, '5000 TB'],
])('%i bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('a rate is not rounded up to 100 and nothing to count is a dash', () => {
  expect(formatPercent(99.99)).toBe('99.9%');
  expect(formatPercent(100)).toBe('100%');
  expect(formatPercent(66.6667)).toBe('66.7%');
  expect(formatPercent(null)).toBe('–');
});

test('one is singular', () => {
  expect([plural(0, 'host'), plural(1, 'host'), plural(1200, 'host')]).toEqual(['0 hosts', '1 host', '1,200 hosts']);
});
