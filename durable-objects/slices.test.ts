import { expect, it } from 'vitest';
import { slices } from './slices.ts';

const taken = async (items: readonly number[], size: number): Promise<(readonly number[])[]> => {
  const all: (readonly number[])[] = [];
  for await (const slice of slices(items, size)) all.push(slice);
  return all;
};

it('takes everything once, in its order, so many at a time', async () => {
  expect(await taken([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(await taken([1, 2], 2)).toEqual([[1, 2]]);
  expect(await taken([], 2)).toEqual([]);
});

it('between two slices others have their turn, before the first and after the last nobody waits', async () => {
  const order: string[] = [];
  setTimeout(() => order.push('another'), 0);
  for await (const slice of slices(['first', 'second'], 1)) order.push(...slice);
  order.push('done');
  expect(order).toEqual(['first', 'another', 'second', 'done']);
});
