import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { withNewIds } from './ids.ts';

it('ids that are made together sort as what they are made for, although their moment is the same', () => {
  const items = Array.from({ length: 50 }, (_, place) => ({ place }));
  const named = withNewIds('exe', { now: () => 1_800_000_000_000, randomBytes }, items);
  const sorted = named.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  expect(sorted.map(({ place }) => place)).toEqual(items.map(({ place }) => place));
  expect(new Set(named.map(({ id }) => id)).size).toBe(50);
});
