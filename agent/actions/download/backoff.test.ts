import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMs } from './backoff.ts';

describe('FILE3 back-off', () => {
  it.each([
    [1, 0, 0],
    [1, 1, 2000],
    [1, 0.5, 1000],
    [2, 1, 4000],
    [3, 1, 8000],
    [20, 1, 30_000],
  ])('after %i failed tries and chance %f waits %i ms', (failures, random, expected) => {
    expect(backoffMs(failures, random)).toBe(expected);
  });

  it.each([
    [null, 0],
    ['5', 5000],
    ['3600', 60_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 10_000],
    ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
    ['Wed, 21 Oct 2028 07:28:00 GMT', 60_000],
    ['tomorrow', 0],
    ['-1', 0],
    ['2.5', 0],
  ])('Retry-After %j means %i ms', (header, expected) => {
    expect(retryAfterMs(header, Date.parse('2026-10-21T07:27:50Z'))).toBe(expected);
  });
});
