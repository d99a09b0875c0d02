import { describe, expect, it } from 'vitest';
import { withLocalTimes } from './local-times.ts';
import { absoluteTime } from './time.ts';

describe('times in a sentence', () => {
  it('are told as the reader tells them, and the rest stays', () => {
    const at = '2026-11-28T09:01:51Z';
    expect(withLocalTimes(`wave 2 of 2: waits until ${at}, then goes`)).toBe(
      `wave 2 of 2: waits until ${absoluteTime(at)}, then goes`,
    );
    expect(withLocalTimes('host offline')).toBe('host offline');
  });
});
