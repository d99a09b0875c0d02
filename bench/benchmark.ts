/** What a benchmark is given and what it gives back. */

import type { System } from '#test-support/whole-system/system.ts';
import type { Dashboard } from './dashboard.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Summary } from './measure.ts';
import type { Options } from './options.ts';

export type Target = { at: 'most' | 'least'; value: number };
export type Unit = 'ms' | 's' | 'MB' | 'MB/s' | 'lines/s' | '%' | '×';
export type Figure = { name: string; value: number; unit: Unit; target: Target | null; samples: number | null };

export type Context = {
  options: Options;
  /** A folder of this run alone; removed at its end. */
  directory: string;
  system: System;
  fleet: Fleet;
  dashboard: Dashboard;
  /** One line for the person who waits. */
  say: (line: string) => void;
};

export type Benchmark = {
  name: string;
  /** Agents that must be connected before it begins. */
  agents: (options: Options) => number;
  /** Needs a system that has done nothing yet. */
  fresh: boolean;
  run: (context: Context) => Promise<Figure[]>;
};

export const atMost = (value: number): Target => ({ at: 'most', value });
export const atLeast = (value: number): Target => ({ at: 'least', value });

export const figure = (name: string, value: number, unit: Unit, target: Target | null = null): Figure => ({
  name,
  value,
  unit,
  target,
  samples: null,
});

export const isMet = ({ value, target }: Figure): boolean | null => {
  if (target === null) return null;
  return target.at === 'most' ? value <= target.value : value >= target.value;
};

/** The two ends of a distribution that people ask for, as figures. */
export const spread = (
  name: string,
  summary: Summary,
  unit: Unit,
  targets: { p50?: Target; p99?: Target } = {},
): Figure[] => [
  { ...figure(`${name}, p50`, summary.p50, unit, targets.p50 ?? null), samples: summary.samples },
  { ...figure(`${name}, p99`, summary.p99, unit, targets.p99 ?? null), samples: summary.samples },
];
