import { describe, expect, it } from 'vitest';
import { KeyPerBody } from './key-per-body.ts';

describe('idempotency keys', () => {
  it('stay the same for the same body and change with it', () => {
    let made = 0;
    const keys = new KeyPerBody(() => `key ${++made}`);
    expect(keys.keyOf({ a: 1 })).toBe('key 1');
    expect(keys.keyOf({ a: 1 })).toBe('key 1');
    expect(keys.keyOf({ a: 2 })).toBe('key 2');
  });
});
