import { expect, test } from 'vitest';
import { reconnectDelay } from './backoff.ts';

test('the bound doubles with each failure and stops at 20 seconds', () => {
  const bounds = [0, 1, 2, 3, 4, 5, 6, 50, 5000].map((attempt) => reconnectDelay(attempt, 0.999_999));
  expect(bounds).toEqual([499, 999, 1999, 3999, 7999, 15_999, 19_999, 19_999, 19_999]);
});

test('the delay is anywhere below the bound', () => {
  expect(reconnectDelay(6, 0)).toBe(0);
  expect(reconnectDelay(6, 0.25)).toBe(5000);
});
