/** Full jitter: any delay from nothing to a bound that doubles, so that dashboards do not come back all at once. */

/** The first retry is nearly at once: most interruptions are a server that restarts. */
const FIRST_BOUND_MS = 500;
/** A person who comes back to the page should not wait longer than this. */
const LAST_BOUND_MS = 20_000;

/** `attempt` counts failures in a row from 0; `random` is in [0, 1). */
export const reconnectDelay = (attempt: number, random: number): number =>
  Math.floor(random * Math.min(LAST_BOUND_MS, FIRST_BOUND_MS * 2 ** Math.min(attempt, 16)));
