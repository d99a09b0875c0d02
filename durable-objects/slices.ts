/** Many calls to objects, some at a time. */

/**
 * On one machine all objects share a thread that reads from sockets only when it has nothing else to do: without a moment between the
 * slices no call is answered, and no agent heard, until the last of them is done.
 */
const BETWEEN_MS = 2;

export async function* slices<Item>(
  items: readonly Item[],
  size: number,
  betweenMs = BETWEEN_MS,
): AsyncGenerator<readonly Item[], void> {
  for (let from = 0; from < items.length; from += size) {
    if (from > 0) await new Promise((resolve) => setTimeout(resolve, betweenMs));
    yield items.slice(from, from + size);
  }
}
