/** Scheduled instants that passed: which they were, and the entries that answer for them. Pure. */
import type { Millis } from '../millis.ts';
import { CATCH_UP_WITHIN_MS, MISSED_ENTRIES } from './limits.ts';
import type { LedgerChange } from './schedule-state.ts';

type Next = (from: Millis) => Millis | null;

/** Instants from `first` to `to`, both inclusive; at most `limit`, and whether there are more. */
const walk = (next: Next, first: Millis, to: Millis, limit: number): { instants: Millis[]; more: boolean } => {
  const instants: Millis[] = [];
  for (let at: Millis | null = first; at !== null && at <= to; at = next(at)) {
    if (instants.length === limit) return { instants, more: true };
    instants.push(at);
  }
  return { instants, more: false };
};

export type Passed = {
  /** In their order. */
  instants: Millis[];
  /** Older ones that are too many to name: from the first of them until the last instant before those named. */
  folded: { from: Millis; until: Millis } | null;
};

/** All scheduled instants from `first` to `now`. */
export const passedInstants = (next: Next, first: Millis, now: Millis): Passed => {
  const all = walk(next, first, now, MISSED_ENTRIES);
  if (!all.more) return { instants: all.instants, folded: null };
  // One that is just an hour old may still be made up for.
  const until = now - CATCH_UP_WITHIN_MS - 1;
  const recent = next(until);
  const { instants } = recent === null ? { instants: [] } : walk(next, recent, now, MISSED_ENTRIES);
  return { instants, folded: { from: first, until } };
};

export const passedEntry = (
  at: Millis,
  outcome: 'missed' | 'skipped',
  reason: string,
  until: Millis | null = null,
): LedgerChange => ({
  scheduledAt: at,
  kind: 'scheduled',
  outcome,
  reason,
  deploymentId: null,
  firedAt: null,
  endedAt: null,
  until,
});
