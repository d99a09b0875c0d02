/**
 * A list that is fetched page by page and that live events patch. Pages make it from what `load` fetched:
 * `const list = $derived(new KeysetList(data.page, (cursor) => api.hosts.list({ ...data.query, cursor })))`.
 */
import { reportFailure } from './report-failure.ts';
import { withItem } from './with-item.ts';

export type Page<Item> = { items: Item[]; next_cursor: string | null };

export class KeysetList<Item extends { id: string }> {
  #items = $state.raw<readonly Item[]>([]);
  #cursor = $state<string | null>(null);
  #loading = $state(false);
  readonly #fetchPage: (cursor: string) => Promise<Page<Item>>;

  constructor(first: Page<Item>, fetchPage: (cursor: string) => Promise<Page<Item>>) {
    this.#items = first.items;
    this.#cursor = first.next_cursor;
    this.#fetchPage = fetchPage;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  get loading(): boolean {
    return this.#loading;
  }

  /** Fetches the next page. Items that an event brought here meanwhile are not doubled. */
  loadMore = async (): Promise<void> => {
    if (this.#cursor === null || this.#loading) return;
    this.#loading = true;
    try {
      const page = await this.#fetchPage(this.#cursor);
      const known = new Set(this.#items.map((item) => item.id));
      this.#items = [...this.#items, ...page.items.filter((item) => !known.has(item.id))];
      this.#cursor = page.next_cursor;
    } catch (error) {
      reportFailure(error);
    } finally {
      this.#loading = false;
    }
  };

  /** Runs a pure change over all items; the same array back means that nothing changed. */
  update(change: (items: readonly Item[]) => readonly Item[]): void {
    this.#items = change(this.#items);
  }

  /** Replaces the item with this id, or puts a new one where it belongs: lists are newest first, and ids sort by creation. */
  put(item: Item): void {
    this.#items = withItem(this.#items, item, this.hasMore);
  }

  remove(id: string): void {
    this.#items = this.#items.filter((item) => item.id !== id);
  }
}
