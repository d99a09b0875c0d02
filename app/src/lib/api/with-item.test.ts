import { expect, test } from 'vitest';
import { withItem } from './with-item.ts';

const items = (...ids: string[]) => ids.map((id) => ({ id, name: id }));
const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => id);

test('a known item is replaced where it stands', () => {
  const list = withItem(items('c', 'b', 'a'), { id: 'b', name: 'new' }, true);
  expect(list).toEqual([
    { id: 'c', name: 'c' },
    { id: 'b', name: 'new' },
    { id: 'a', name: 'a' },
  ]);
});

test('a new item goes before the older ones', () => {
  expect(idsOf(withItem(items('c', 'a'), { id: 'd', name: '' }, true))).toEqual(['d', 'c', 'a']);
  expect(idsOf(withItem(items('c', 'a'), { id: 'b', name: '' }, true))).toEqual(['c', 'b', 'a']);
});

test('an item of a page that is not loaded yet waits for its page', () => {
  expect(idsOf(withItem(items('c', 'b'), { id: 'a', name: '' }, true))).toEqual(['c', 'b']);
  expect(idsOf(withItem(items('c', 'b'), { id: 'a', name: '' }, false))).toEqual(['c', 'b', 'a']);
});
