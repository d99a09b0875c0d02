/**
 * Fetching again what the shown page shows, after events were missed. While the server is away the page stays and the
 * fetch is tried again: an error page would take away what a person is reading. The signed-in layout starts it with
 * `during`; `loadPage` runs every page's calls through `attempt`.
 */
import { reconnectDelay } from '../live/backoff.ts';
import { ApiError } from './api-error.ts';

export type PageRefetchDependencies = {
  shownPath: () => string;
  random: () => number;
  sleep: (ms: number) => Promise<void>;
};

/** It may answer later what it does not answer now. */
const isAway = (error: unknown): boolean => error instanceof ApiError && (error.status === 0 || error.status >= 500);

export class PageRefetch {
  readonly #dependencies: PageRefetchDependencies;
  #running = 0;

  constructor(dependencies: PageRefetchDependencies) {
    this.#dependencies = dependencies;
  }

  async during(refetch: () => Promise<void>): Promise<void> {
    this.#running += 1;
    try {
      await refetch();
    } finally {
      this.#running -= 1;
    }
  }

  /** A page that is opened fails at once. For the one that is shown it goes on, with bounded delays, until it is left. */
  async attempt<Data>(path: () => string, work: () => Promise<Data>): Promise<Data> {
    const { shownPath, random, sleep } = this.#dependencies;
    for (let failures = 0; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (this.#running === 0 || !isAway(error) || path() !== shownPath()) throw error;
        await sleep(reconnectDelay(failures, random()));
      }
    }
  }
}

export const pageRefetch = new PageRefetch({
  shownPath: () => location.pathname,
  random: () => Math.random(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
