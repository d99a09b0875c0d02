/** A list whose first page is fetched again when events say that something came to it without saying what. */
import { KeysetList, type Page } from './keyset-list.svelte.ts';

export class FollowedList<Item extends { id: string }> extends KeysetList<Item> {
  #asOf = $state(Date.now());
  #failed = $state(false);
  readonly #fetchFirst: () => Promise<Page<Item>>;

  constructor(first: Page<Item>, fetchPage: (cursor: string | undefined) => Promise<Page<Item>>) {
    super(first, fetchPage);
    this.#fetchFirst = () => fetchPage(undefined);
  }

  /** When it was asked for what is shown; null while nothing says that this is too old. */
  get staleSince(): number | null {
    return this.#failed ? this.#asOf : null;
  }

  refresh = async (): Promise<void> => {
    const asked = Date.now();
    try {
      const page = await this.#fetchFirst();
      for (const item of page.items) this.put(item);
      this.#asOf = asked;
      this.#failed = false;
    } catch {
      this.#failed = true;
    }
  };
}
