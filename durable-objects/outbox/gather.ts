/**
 * Commits what arrives together together: a thousand hosts that report within a moment cost a few transactions, not a thousand.
 * Every caller waits until its item is committed, so nothing is acknowledged that is only in memory.
 */
export class Gather<Item> {
  readonly #commit: (items: Item[]) => void;
  #batch: { items: Item[]; committed: Promise<void> } | null = null;

  constructor(commit: (items: Item[]) => void) {
    this.#commit = commit;
  }

  add(item: Item): Promise<void> {
    this.#batch ??= this.#open();
    this.#batch.items.push(item);
    return this.#batch.committed;
  }

  #open(): { items: Item[]; committed: Promise<void> } {
    const items: Item[] = [];
    // The next turn of the event loop: calls that are there already join, nobody waits for those to come.
    const committed = new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
      this.#batch = null;
      this.#commit(items);
    });
    return { items, committed };
  }
}
