/** The time as something components can depend on. One timer serves all readers and stops with the last of them. */
import { createSubscriber } from 'svelte/reactivity';

export class Clock {
  readonly #subscribe: () => void;

  constructor(intervalMs: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, intervalMs);
      return () => clearInterval(timer);
    });
  }

  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

/** For running times. */
export const secondsClock = new Clock(1000);
/** For "5 minutes ago", which nobody reads to the second. */
export const calmClock = new Clock(10_000);
