/**
 * THE next run: whole minutes of the zone's clock, strictly after `from`. Callers: whatever must know when a schedule fires.
 *
 * Clock changes are taken as cronie takes them. A job of fixed times that falls into a gap runs once at the first instant after
 * it; in an hour that comes twice it runs the first time. A job with `*` in its minute or hour follows the wall clock, and so
 * keeps its intervals in real time. A clock that jumps by more than three hours was set anew: no gap, no repetition.
 */
import type { Millis } from '../millis.ts';
import type { Cron } from './cron.ts';
import { nextMatch } from './next-match.ts';
import type { RepeatedTiming, Timing } from './timing.ts';
import { type Change, changeIn, DAY_MS, isShift, jumpOf, LARGEST_SHIFT_MS, offsetAt } from './zone.ts';

/**
 * Far longer than any expression waits, which `next-match.ts` bounds: only a run that a clock jumps over (a lost day, a gap
 * under a job with `*`) makes the search go on, and no two of them follow each other for decades.
 */
const SEARCH_MS = 90 * 366 * DAY_MS;

/** The dates of the language end 8.64e15 ms from 1970, and the search must not reach that. */
const FURTHEST_START_MS = 8.64e15 - 2 * SEARCH_MS;

/** No offset differs from another by more than this, so a wall time so far ahead is not shown before. */
const OFFSETS_APART_MS = 2 * DAY_MS;

/** What the clock has shown when it changes, so that only later times are new to this job. */
const shownAt = (cron: Cron, change: Change, shown: Millis): Millis => {
  const begins = change.at + change.after - 1;
  // Times that come again are not new to a job of fixed times until the clock has caught up.
  return cron.wildcard || !isShift(change) ? begins : Math.max(shown, change.at + change.before - 1, begins);
};

/** What the clock has shown up to `from`: more than it shows then, in an hour that comes for the second time. */
const shownBy = ({ cron, timezone }: RepeatedTiming, from: Millis): Millis => {
  const wall = from + offsetAt(timezone, from);
  const change = changeIn(timezone, from - LARGEST_SHIFT_MS, from);
  return change === null ? wall : Math.max(wall, shownAt(cron, change, -Infinity));
};

/** A job of fixed times whose next time is in the gap. */
const runsAfterGap = (cron: Cron, change: Change, next: Millis): boolean =>
  !cron.wildcard && jumpOf(change) > 0 && isShift(change) && next < change.at + change.after;

const nextRepeated = (timing: RepeatedTiming, from: Millis): Millis | null => {
  const { cron, timezone } = timing;
  let at = from;
  let shown = shownBy(timing, from);
  while (at < from + SEARCH_MS) {
    const next = nextMatch(cron, shown);
    if (next === null) return null;
    // If the clock does not change until then.
    const run = next - offsetAt(timezone, at);
    const change = changeIn(timezone, at, at + DAY_MS);
    if (run < (change?.at ?? at + DAY_MS)) return run;
    if (change === null) {
      // Between what was shown and `next` nothing matches, so changes in between cannot matter.
      at = Math.max(at + DAY_MS, run - OFFSETS_APART_MS);
      shown = next - 1;
    } else {
      if (runsAfterGap(cron, change, next)) return change.at;
      at = change.at;
      shown = shownAt(cron, change, shown);
    }
  }
  return null;
};

export const nextRun = (timing: Timing, from: Millis): Millis | null => {
  if (timing.type === 'once') return timing.at > from ? timing.at : null;
  return Math.abs(from) <= FURTHEST_START_MS ? nextRepeated(timing, from) : null;
};
