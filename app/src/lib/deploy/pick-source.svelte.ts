/** Where a pick list gets its items: a search page by page, and single ones that were chosen elsewhere (by a link, or before the search changed). */
import { KeysetList, type Page } from '../api/keyset-list.svelte.ts';

export interface Identified {
  id: string;
}

export interface PickQueries<Item> {
  page: (q: string, cursor?: string) => Promise<Page<Item>>;
  one: (id: string) => Promise<Item>;
}

/** Ids that a link names are fetched one by one; a link that names more than this was not made by us. */
const MAX_FETCHED = 100;

export class PickSource<Item extends Identified> {
  #list = $state.raw<KeysetList<Item> | null>(null);
  #kept = $state.raw<ReadonlyMap<string, Item>>(new Map());
  #failed = $state(false);
  #query = $state('');
  #asked = 0;
  readonly #queries: PickQueries<Item>;
  readonly #byId = $derived(
    new Map([...this.#kept, ...(this.#list?.items ?? []).map((item) => [item.id, item] as const)]),
  );

  constructor(queries: PickQueries<Item>) {
    this.#queries = queries;
  }

  get list(): KeysetList<Item> | null {
    return this.#list;
  }

  get query(): string {
    return this.#query;
  }

  /** The last search had no answer; what is shown may be of the one before. */
  get failed(): boolean {
    return this.#failed;
  }

  item(id: string): Item | undefined {
    return this.#byId.get(id);
  }

  search = async (q: string): Promise<void> => {
    const mine = ++this.#asked;
    this.#query = q;
    try {
      const first = await this.#queries.page(q);
      // Answers can overtake each other; only the last question's counts.
      if (mine !== this.#asked) return;
      this.#keepAll(this.#list?.items ?? []);
      this.#list = new KeysetList(first, (cursor) => this.#queries.page(q, cursor));
      this.#failed = false;
    } catch {
      if (mine === this.#asked) this.#failed = true;
    }
  };

  /** Fetches what is not known yet. One that does not exist stays unknown. */
  async ensure(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => this.item(id) === undefined).slice(0, MAX_FETCHED);
    const found = await Promise.all(missing.map((id) => this.#queries.one(id).catch(() => null)));
    this.#keepAll(found.filter((item) => item !== null));
  }

  add(item: Item): void {
    this.#keepAll([item]);
    this.#list?.put(item);
  }

  /** Runs a pure change over all items that are known. */
  update(change: (items: readonly Item[]) => readonly Item[]): void {
    this.#list?.update(change);
    this.#kept = new Map(change([...this.#kept.values()]).map((item) => [item.id, item]));
  }

  #keepAll(items: readonly Item[]): void {
    this.#kept = new Map([...this.#kept, ...items.map((item) => [item.id, item] as const)]);
  }
}
