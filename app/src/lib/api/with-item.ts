/** Puts an item into a list that is newest first, where ids sort by creation; one that is known is replaced in its place. */
export const withItem = <Item extends { id: string }>(
  items: readonly Item[],
  item: Item,
  hasMore: boolean,
): readonly Item[] => {
  if (items.some((known) => known.id === item.id)) return items.map((known) => (known.id === item.id ? item : known));
  const index = items.findIndex((known) => known.id < item.id);
  // Older than all that is loaded: a later page brings it.
  if (index < 0 && hasMore) return items;
  return index < 0 ? [...items, item] : [...items.slice(0, index), item, ...items.slice(index)];
};
