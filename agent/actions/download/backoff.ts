/** When a failed download is tried again. */

/** FILE3: tries in a row that brought nothing new before a download is given up. */
export const MAX_TRIES = 3;

/** The first wait is up to this long and each later one up to twice as long: a restart of the server takes seconds. */
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30_000;

/** A server that asks for more than this is not waited for; the try counts as any other. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Full jitter: anything between nothing and a bound that doubles. `random` is between 0 and 1. */
export const backoffMs = (failedTries: number, random: number): number =>
  Math.round(random * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failedTries - 1)));

const askedMs = (header: string, now: number): number => {
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  // A number that is none of seconds would be read as a year.
  const instant = /^[A-Za-z]/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(instant) ? 0 : Math.max(0, instant - now);
};

/** A `Retry-After`, in seconds or as a date; it counts only when longer than our own wait. */
export const retryAfterMs = (header: string | null, now: number): number =>
  header === null ? 0 : Math.min(askedMs(header.trim(), now), LONGEST_RETRY_AFTER_MS);
