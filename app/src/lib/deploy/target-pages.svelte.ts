/** One deployment's targets under one filter: loaded page by page as they come into view, and changed by live events. */
import type { Target } from '#protocol/http/deployments.ts';
import type { TargetStatus } from '#protocol/states.ts';
import type { Page } from '../api/keyset-list.svelte.ts';
import { LoadUntil } from './load-until.ts';
import { mergeTargets } from './merge-targets.ts';
import { statusesOf, type TargetFilter } from './target-filter.ts';

export type FetchTargets = (status: TargetStatus | null, cursor: string | null) => Promise<Page<Target>>;

/** Events that come while a page is on its way can be newer than the page. */
interface Loading {
  missed: Target[];
}

export class TargetPages {
  #items = $state.raw<readonly Target[]>([]);
  /** Where the next page begins; null when all are loaded. */
  #next = $state.raw<{ status: number; cursor: string | null } | null>(null);
  #loading: Loading | null = null;
  readonly #loader = new LoadUntil(
    () => this.#items.length,
    () => this.#loadNext(),
  );
  #failed = $state(false);
  readonly filter: TargetFilter;
  readonly #fetch: FetchTargets;

  /** `first` is the first page of the filter's first status. */
  constructor(filter: TargetFilter, first: Page<Target>, fetchPage: FetchTargets) {
    this.filter = filter;
    this.#fetch = fetchPage;
    this.#items = first.items;
    this.#next = this.#after(0, first.next_cursor);
  }

  get items(): readonly Target[] {
    return this.#items;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** The last page that was asked for had no answer. */
  get failed(): boolean {
    return this.#failed;
  }

  apply(changed: readonly Target[]): void {
    this.#loading?.missed.push(...changed);
    this.#items = mergeTargets(this.#items, changed, { filter: this.filter, hasMore: this.hasMore });
  }

  /** Loads until there are `count` targets, or all; call it as often as you like. */
  ensure(count: number): Promise<void> {
    return this.#loader.want(count);
  }

  async #loadNext(): Promise<boolean> {
    const next = this.#next;
    if (next === null) return false;
    const loading: Loading = { missed: [] };
    this.#loading = loading;
    const page = await this.#fetch(statusesOf(this.filter)[next.status] ?? null, next.cursor).catch(() => null);
    this.#loading = null;
    this.#failed = page === null;
    if (page === null) return false;
    this.#next = this.#after(next.status, page.next_cursor);
    const whole = { filter: this.filter, hasMore: false };
    this.#items = mergeTargets(mergeTargets(this.#items, page.items, whole), loading.missed, {
      ...whole,
      hasMore: this.hasMore,
    });
    return true;
  }

  #after(status: number, cursor: string | null): { status: number; cursor: string | null } | null {
    if (cursor !== null) return { status, cursor };
    return status + 1 < statusesOf(this.filter).length ? { status: status + 1, cursor: null } : null;
  }
}
