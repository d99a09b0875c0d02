/** Delay before the next try of something that failed: full jitter, so that many objects do not come back at once. */
const BASE_MS = 500;
/** Half a minute: short against the minute in which a person looks again, long enough to leave a struggling part alone. */
const CAP_MS = 30_000;

export const backoffMs = (attempt: number, random: () => number): number =>
  Math.round(random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt)) + 50;
