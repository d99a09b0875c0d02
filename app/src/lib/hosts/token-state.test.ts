import { expect, test } from 'vitest';
import { isUsable } from './token-state.ts';

const now = Date.parse('2026-01-01T12:00:00.000Z');
const later = '2026-01-01T12:00:01.000Z';
const earlier = '2026-01-01T11:59:59.000Z';

test('a token is usable until its time or its uses are over', () => {
  expect(isUsable({ expires_at: later, uses: 0, max_uses: 1 }, now)).toBe(true);
  expect(isUsable({ expires_at: later, uses: 1, max_uses: 1 }, now)).toBe(false);
  expect(isUsable({ expires_at: earlier, uses: 0, max_uses: 1 }, now)).toBe(false);
  expect(isUsable({ expires_at: later, uses: 500, max_uses: null }, now)).toBe(true);
});
