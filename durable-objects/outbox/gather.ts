/**
 * Commits what arrives together together: a thousand hosts that report within a moment cost a few syncs of the disk, not a thousand.
 * Every caller waits until its item is committed, so nothing is acknowledged that is only in memory.
 */
export class Gather<Item> {
  readonly #commit: (items: Item[]) => void;
  #batch: Batch<Item> | null = null;

  constructor(commit: (items: Item[]) => void) {
    this.#commit = commit;
  }

  /** Resolves when the item is committed: with the first item whose time has come, together with all that are there by then. */
  add(item: Item, withinMs = 0): Promise<void> {
    this.#batch ??= { items: [], timer: null, dueAt: 0, committed: Promise.withResolvers<void>() };
    const batch = this.#batch;
    batch.items.push(item);
    const dueAt = Date.now() + withinMs;
    if (batch.timer === null || dueAt < batch.dueAt) {
      if (batch.timer !== null) clearTimeout(batch.timer);
      batch.dueAt = dueAt;
      batch.timer = setTimeout(() => this.#close(batch), withinMs);
    }
    return batch.committed.promise;
  }

  #close(batch: Batch<Item>): void {
    this.#batch = null;
    try {
      this.#commit(batch.items);
      batch.committed.resolve();
    } catch (error) {
      batch.committed.reject(error);
    }
  }
}

type Batch<Item> = {
  items: Item[];
  timer: ReturnType<typeof setTimeout> | null;
  dueAt: number;
  committed: PromiseWithResolvers<void>;
};
