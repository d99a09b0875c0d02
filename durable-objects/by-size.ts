/** Slices of what travels in one value: D1 and the storage of objects refuse one of more than two megabytes. */

/** Half of what is refused: what is around the items, and text that takes more bytes than letters, fit as well. */
export const MAX_SLICE_BYTES = 1_000_000;

const encoder = new TextEncoder();

/** In their order, as many together as `maxItems` and the size of their JSON allow; one that is larger goes alone. */
export const slicesBySize = <Item>(items: readonly Item[], maxItems: number, maxBytes = MAX_SLICE_BYTES): Item[][] => {
  const slices: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = encoder.encode(JSON.stringify(item)).byteLength;
    const last = slices.at(-1);
    if (last === undefined || last.length >= maxItems || bytes + size > maxBytes) {
      slices.push([item]);
      bytes = size;
    } else {
      last.push(item);
      bytes += size;
    }
  }
  return slices;
};
