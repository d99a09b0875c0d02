/**
 * Lets schedules that are due together start some at a time, in the order in which they come. Objects of one isolate share a thread (on
 * one machine all of them do): a thousand that start at once go through each step together, so that the first agent waits as long as the
 * last, and no call is answered meanwhile. Objects of other isolates have a gate of their own.
 */

/** Enough to keep the thread busy; others have their turn each time that so many have started. */
export const AT_ONCE = 32;

/** The thread reads from sockets when it has nothing else to do: so long a place stays empty before the next one has it. */
const BETWEEN_MS = 1;

/** Less than a delivery may take: after it, another one stands at the end of the line. */
const WAIT_AT_MOST_MS = 10_000;

/** One that has not said by then that it is done never will: its object was put away. */
const HELD_AT_MOST_MS = 15_000;

/** The line is looked at whenever somebody comes or goes; on a machine that is busy otherwise this takes a while. */
const BUSY_AT_MOST_MS = 5_000;
/** After the last one in line has a place it starts. */
const BUSY_AFTER_MS = 500;

export type GateClock = { now: () => number; sleep: (ms: number) => Promise<void> };

/** `wake` settles a promise of the object that waits; the runtime resumes that object, whoever calls. */
export type Place = { wake: () => void };

export class StartGate {
  readonly #clock: GateClock;
  readonly #line = new Set<Place>();
  /** Since when each place is taken. */
  readonly #taken = new Map<Place, number>();
  #busyUntil = 0;

  constructor(clock: GateClock) {
    this.#clock = clock;
  }

  /** What can be done later waits until it is not. */
  isBusy(): boolean {
    return this.#clock.now() < this.#busyUntil;
  }

  /** Null when none came free in time; `leave` gives it back. */
  async enter(): Promise<Place | null> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const place: Place = { wake: resolve };
    this.#line.add(place);
    this.#fill();
    if (!this.#taken.has(place)) await Promise.race([promise, this.#clock.sleep(WAIT_AT_MOST_MS)]);
    this.#line.delete(place);
    return this.#taken.has(place) ? place : null;
  }

  async leave(place: Place): Promise<void> {
    if (this.#line.size > 0) await this.#clock.sleep(BETWEEN_MS);
    this.#taken.delete(place);
    this.#fill();
  }

  #fill(): void {
    const now = this.#clock.now();
    for (const [place, since] of this.#taken) if (since <= now - HELD_AT_MOST_MS) this.#taken.delete(place);
    for (const next of [...this.#line].slice(0, Math.max(0, AT_ONCE - this.#taken.size))) {
      this.#line.delete(next);
      this.#taken.set(next, now);
      next.wake();
    }
    this.#busyUntil = this.#line.size > 0 ? now + BUSY_AT_MOST_MS : Math.min(this.#busyUntil, now + BUSY_AFTER_MS);
  }
}

/** Of this isolate. */
export const startGate = new StartGate({
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
