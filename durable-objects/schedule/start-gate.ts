/**
 * Lets schedules that are due together start some at a time. Objects of one isolate share a thread (on one machine all of them do): a
 * thousand that start at once go through each step together, so that the first agent waits as long as the last, and no call is answered
 * meanwhile. What is shared here is numbers only, because an object cannot wait for another one's promise; whoever finds no place looks again.
 */

/** Enough to keep the thread busy while some wait for the disk. */
const AT_ONCE = 24;

/** The first look comes soon, later ones seldom: a thousand that wait must not be the load themselves. */
const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 400;

/** Less than a delivery may take; then it starts all the same, and the machine is as slow as it is. */
const WAIT_AT_MOST_MS = 10_000;

/** One that has not said by then that it is done never will: its object was put away. */
const HELD_AT_MOST_MS = 15_000;

/** After somebody had to wait, others will for about so long. */
const BUSY_FOR_MS = 500;

/** What can be done later than usual is done so much later while others wait to start. */
const AFTER_OTHERS_MS = 2_000;

export type GateClock = { now: () => number; random: () => number; sleep: (ms: number) => Promise<void> };

export class StartGate {
  readonly #clock: GateClock;
  /** Since when each place is taken. */
  readonly #taken = new Map<symbol, number>();
  #busyUntil = 0;

  constructor(clock: GateClock) {
    this.#clock = clock;
  }

  isBusy(): boolean {
    return this.#clock.now() < this.#busyUntil;
  }

  /** How long what can be done later waits: as long as usual, or until those who wait to start have. */
  delay(usualMs: number): number {
    return this.isBusy() ? Math.max(usualMs, AFTER_OTHERS_MS) : usualMs;
  }

  async pass<Value>(work: () => Promise<Value>): Promise<Value> {
    const place = Symbol('place');
    const until = this.#clock.now() + WAIT_AT_MOST_MS;
    let look = FIRST_LOOK_MS;
    while (!this.#hasPlace() && this.#clock.now() < until) {
      this.#busyUntil = this.#clock.now() + BUSY_FOR_MS;
      await this.#clock.sleep(look * (0.5 + this.#clock.random() / 2));
      look = Math.min(look * 2, LONGEST_LOOK_MS);
    }
    this.#taken.set(place, this.#clock.now());
    try {
      return await work();
    } finally {
      this.#taken.delete(place);
    }
  }

  #hasPlace(): boolean {
    if (this.#taken.size < AT_ONCE) return true;
    const lost = this.#clock.now() - HELD_AT_MOST_MS;
    for (const [place, since] of this.#taken) if (since < lost) this.#taken.delete(place);
    return this.#taken.size < AT_ONCE;
  }
}

/** Of this isolate. */
export const startGate = new StartGate({
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
