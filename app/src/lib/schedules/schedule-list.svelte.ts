/**
 * A list of schedules that follows what happens to them. Events patch what they tell; what they do not tell (edited
 * settings, new schedules) is fetched, one after the other.
 */
import type { Schedule, ScheduleSummary } from '#protocol/http/schedules.ts';
import { api } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { KeysetList, type Page } from '../api/keyset-list.svelte.ts';
import { Heard } from './heard.ts';
import { needsFetch, type ScheduleUpdate, schedulesWithUpdate } from './schedule-changes.ts';
import { passesFilter, type ScheduleFilter } from './schedule-filter.ts';

/** A schedule about which more is told than can be fetched meanwhile waits for its next change. */
const MAX_ATTEMPTS = 5;

const nullWhenGone = (error: unknown): null => {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
};

export class ScheduleList {
  readonly list: KeysetList<ScheduleSummary>;
  readonly #filter: ScheduleFilter;
  readonly #heard = new Heard();
  readonly #wanted = new Set<string>();
  #staleSince = $state<number | null>(null);

  constructor(
    first: Page<ScheduleSummary>,
    filter: ScheduleFilter,
    fetchPage: (cursor: string) => Promise<Page<ScheduleSummary>>,
  ) {
    this.list = new KeysetList(first, fetchPage);
    this.#filter = filter;
  }

  /** Since when some of the rows are known to be out of date; null when all is as it was told. */
  get staleSince(): number | null {
    return this.#staleSince;
  }

  /** `fetchSoon` is called when `refresh` has something to do. */
  changed(update: ScheduleUpdate, fetchSoon: () => void): void {
    this.#heard.note(update.id);
    if (update.removed) this.#wanted.delete(update.id);
    if (needsFetch(this.list.items, update, this.list.hasMore)) {
      this.#wanted.add(update.id);
      fetchSoon();
    }
    this.list.update((items) => schedulesWithUpdate(items, update, this.#filter));
  }

  /** Takes the answer to what is about to be asked for, unless an event overtakes it. */
  acting = (id: string): ((answer: Schedule) => void) => {
    const overtaken = this.#heard.since(id);
    return (answer) => {
      if (!overtaken()) this.#put(answer);
    };
  };

  removed(id: string): void {
    this.list.remove(id);
  }

  refresh = async (): Promise<void> => {
    try {
      for (const id of [...this.#wanted]) await this.#fetchOne(id);
      this.#staleSince = null;
    } catch {
      // What could not be fetched is tried again with the next change, or when a person asks.
      this.#staleSince ??= Date.now();
    }
  };

  async #fetchOne(id: string): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const overtaken = this.#heard.since(id);
      const schedule = await api.schedules.get(id).catch(nullWhenGone);
      if (schedule !== null && overtaken()) continue;
      this.#wanted.delete(id);
      if (schedule === null) this.list.remove(id);
      else this.#put(schedule);
      return;
    }
  }

  #put(schedule: Schedule): void {
    const known = this.list.items.some(({ id }) => id === schedule.id);
    const filter = known ? { ...this.#filter, q: '' } : this.#filter;
    if (passesFilter(schedule, filter)) this.list.put(schedule);
    else this.list.remove(schedule.id);
  }
}
