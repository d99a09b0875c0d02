/** The runs to come, for a preview. Pure. */
import type { Millis } from '../millis.ts';
import { repeatedText, skippedText } from './moved.ts';
import { nextMatch } from './next-match.ts';
import { nextRun } from './next-run.ts';
import type { RepeatedTiming, Timing } from './timing.ts';
import { type Change, changeIn, isShift, jumpOf, LARGEST_SHIFT_MS, occurrenceOf, wallAt } from './zone.ts';

/** `moved` says why a clock change moves the run; null for most. */
export type Run = { at: Millis; moved: string | null };

/** Wall times of the job that the clock jumps over. */
const skippedBy = ({ cron }: RepeatedTiming, change: Change): Millis[] => {
  const skipped: Millis[] = [];
  const resumes = change.at + change.after;
  let wall = nextMatch(cron, change.at + change.before - 1);
  while (wall !== null && wall < resumes) {
    skipped.push(wall);
    wall = nextMatch(cron, wall);
  }
  return skipped;
};

const movedRun = (timing: Timing, at: Millis): string | null => {
  if (timing.type === 'once') return timing.moved;
  // Jobs that follow the wall clock are never moved.
  if (timing.cron.wildcard) return null;
  const change = changeIn(timing.timezone, at - 1, at);
  const skipped = change !== null && jumpOf(change) > 0 && isShift(change) ? skippedBy(timing, change) : [];
  if (change !== null && skipped.length > 0) return skippedText(skipped, change);
  const wall = wallAt(timing.timezone, at);
  const occurrence = occurrenceOf(timing.timezone, wall);
  return occurrence.type === 'twice' && occurrence.last - occurrence.first <= LARGEST_SHIFT_MS
    ? repeatedText(wall)
    : null;
};

/** At most `count` runs strictly after `from`, and none after `until`. */
export const upcomingRuns = (timing: Timing, from: Millis, count: number, until: Millis | null): Run[] => {
  const runs: Run[] = [];
  let at = nextRun(timing, from);
  while (at !== null && runs.length < count && (until === null || at <= until)) {
    runs.push({ at, moved: movedRun(timing, at) });
    at = nextRun(timing, at);
  }
  return runs;
};
