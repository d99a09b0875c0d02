import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureBudget, waveSizes, wavesOfDevices } from './rollout.ts';
import { Strategy } from './strategy.ts';

const parse = (strategy: unknown) => {
  const parsed = Strategy.parse(strategy);
  if (parsed.type === 'blue_green') throw new Error('its waves are its sides');
  return parsed;
};

describe('waves', () => {
  const cases: [string, unknown, number, number[]][] = [
    ['parallel is one', { type: 'parallel' }, 7, [7]],
    ['rolling by size leaves the rest for the last', { type: 'rolling', batch_size: 3 }, 7, [3, 3, 1]],
    ['rolling by more than there are is one', { type: 'rolling', batch_size: 30 }, 7, [7]],
    ['rolling by percent rounds up', { type: 'rolling', batch_percent: 25 }, 7, [2, 2, 2, 1]],
    ['rolling by a percent of few is at least one each', { type: 'rolling', batch_percent: 1 }, 3, [1, 1, 1]],
    ['a canary goes first', { type: 'canary', canary_size: 1 }, 4, [1, 3]],
    ['a canary by percent is at least one', { type: 'canary', canary_percent: 5 }, 4, [1, 3]],
    ['canaries that are all leave no second wave', { type: 'canary', canary_size: 4 }, 4, [4]],
  ];
  for (const [name, strategy, devices, expected] of cases)
    it(name, () => expect(waveSizes(parse(strategy), devices)).toEqual(expected));

  it('take every device once, in order, at any size', () => {
    const strategies = fc.oneof(
      fc.record({ type: fc.constant('rolling'), batch_size: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ type: fc.constant('rolling'), batch_percent: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ type: fc.constant('canary'), canary_percent: fc.integer({ min: 1, max: 100 }) }),
    );
    fc.assert(
      fc.property(strategies, fc.integer({ min: 1, max: 300 }), (strategy, devices) => {
        const waves = wavesOfDevices(parse(strategy), devices);
        expect(waves).toHaveLength(devices);
        expect(waves).toEqual(waves.toSorted((a, b) => a - b));
        expect(new Set(waves).size).toBe((waves.at(-1) ?? 0) + 1);
      }),
    );
  });
});

describe('an error budget', () => {
  it('in percent is never more than was asked for', () => {
    expect(failureBudget('10%', 19)).toBe(1);
    expect(failureBudget('0%', 19)).toBe(0);
    expect(failureBudget('100%', 19)).toBe(19);
    expect(failureBudget(3, 19)).toBe(3);
    expect(failureBudget(null, 19)).toBeNull();
  });
});
