/**
 * The events of the last seconds. A page fetches its data and only then subscribes: what happened in between it gets
 * from here. Changes carry whole states, so one that the data already has does no harm.
 */
import type { LiveEvent } from '#protocol/live/events.ts';

/** As long as a page's calls may take. */
const KEEP_MS = 15_000;
/** Ten seconds of a busy team; a page that needs more is fetched again soon anyway. */
const KEEP_EVENTS = 1000;

export class RecentEvents {
  #kept: { at: number; event: LiveEvent }[] = [];

  add(event: LiveEvent, now: number): void {
    // What came before a resync is not what the page fetched since.
    if (event.event === 'resync') this.#kept = [];
    else this.#kept.push({ at: now, event });
    if (this.#kept.length > KEEP_EVENTS) this.#kept.shift();
  }

  since(now: number): LiveEvent[] {
    this.#kept = this.#kept.filter((entry) => now - entry.at <= KEEP_MS);
    return this.#kept.map((entry) => entry.event);
  }
}
