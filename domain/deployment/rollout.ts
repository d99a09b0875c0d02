/**
 * What a strategy comes to: targets in waves, and what is waited for between two of them. All strategies are this one thing;
 * the rules that carry it out (`decide.ts`) know no other. How many devices a wave takes is told by `protocol/rollout.ts`. Pure.
 */
import { assertInvariant, assertNever } from '#protocol/assert.ts';
import { failureBudget } from '#protocol/rollout.ts';
import type { Strategy } from '#protocol/strategy.ts';

export type Rollout = {
  /** How many targets have gone once each wave has, in the order of targets; the last is all of them. A wave may be empty. */
  ends: readonly number[];
  /** Waited for after every wave but the last, in milliseconds. */
  pauseMs: number;
  /** After the pause a person must say that the next wave may go. */
  manual: boolean;
  /** At most so many targets in flight at once; null for no bound. */
  maxConcurrency: number | null;
  /** The error budget, in targets; null for no bound. */
  maxFailures: number | null;
};

const betweenWaves = (strategy: Strategy): Pick<Rollout, 'pauseMs' | 'manual'> => {
  switch (strategy.type) {
    case 'parallel':
      return { pauseMs: 0, manual: false };
    case 'rolling':
      return { pauseMs: strategy.pause_seconds * 1000, manual: false };
    case 'canary':
      return { pauseMs: strategy.bake_seconds * 1000, manual: strategy.promote === 'manual' };
    case 'blue_green':
      return { pauseMs: 0, manual: strategy.promote === 'manual' };
    default:
      return assertNever(strategy);
  }
};

/** How many targets have gone once each of so many waves has, given the wave of every target. */
export const endsOf = (waves: number, waveOfTargets: readonly number[]): number[] => {
  const sizes = Array.from({ length: waves }, () => 0);
  for (const wave of waveOfTargets) sizes[wave] = (sizes[wave] ?? 0) + 1;
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return end;
  });
};

/** `ends` as of `endsOf`. */
export const rolloutOf = (strategy: Strategy, ends: readonly number[]): Rollout => {
  const targets = ends.at(-1) ?? 0;
  assertInvariant(targets > 0, 'a deployment has targets');
  return {
    ends,
    ...betweenWaves(strategy),
    maxConcurrency: strategy.max_concurrency,
    maxFailures: failureBudget(strategy.max_failures, targets),
  };
};
