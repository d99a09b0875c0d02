/**
 * The arithmetic of strategies: how many devices go with each wave, and how many failures are allowed. The server plans by it
 * and the dashboard draws by it, so that what is drawn is what is planned. Pure.
 */
import { assertNever } from './assert.ts';
import type { FailureLimit, Strategy } from './strategy.ts';

/** Of blue and green the waves are the sides, which their groups tell. */
type CountedStrategy = Exclude<Strategy, { type: 'blue_green' }>;

/** Devices in a number or a percentage: a percentage of some is at least one. */
const devicesOf = (all: number, count: number | undefined, percent: number | undefined): number =>
  Math.min(all, count ?? Math.max(1, Math.ceil((all * (percent ?? 100)) / 100)));

/** Devices in each wave, in the order of devices. */
export const waveSizes = (strategy: CountedStrategy, devices: number): number[] => {
  switch (strategy.type) {
    case 'parallel':
      return [devices];
    case 'rolling': {
      const size = devicesOf(devices, strategy.batch_size, strategy.batch_percent);
      return Array.from({ length: Math.ceil(devices / size) }, (_, wave) => Math.min(size, devices - wave * size));
    }
    case 'canary': {
      const first = devicesOf(devices, strategy.canary_size, strategy.canary_percent);
      return first === devices ? [devices] : [first, devices - first];
    }
    default:
      return assertNever(strategy);
  }
};

/** Which wave, counted from 0, each device goes with, in the order of devices; a device goes whole. */
export const wavesOfDevices = (strategy: CountedStrategy, devices: number): number[] =>
  waveSizes(strategy, devices).flatMap((size, wave) => Array.from({ length: size }, () => wave));

/** In targets; null for no bound. A percentage is rounded down: a budget is never larger than what was asked for. */
export const failureBudget = (limit: FailureLimit | null, targets: number): number | null => {
  if (limit === null || typeof limit === 'number') return limit;
  return Math.floor((targets * Number.parseInt(limit, 10)) / 100);
};
