import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Strategy } from '#protocol/strategy.ts';
import { endsOf, failureBudget, rolloutOf, wavesOfDevices } from './rollout.ts';

const parse = (strategy: unknown) => {
  const parsed = Strategy.parse(strategy);
  if (parsed.type === 'blue_green') throw new Error('its waves are its sides');
  return parsed;
};

const sizes = (strategy: unknown, devices: number): number[] => {
  const waves = wavesOfDevices(parse(strategy), devices);
  return endsOf((waves.at(-1) ?? 0) + 1, waves).map((end, wave, ends) => end - (ends[wave - 1] ?? 0));
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
    it(name, () => expect(sizes(strategy, devices)).toEqual(expected));

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

describe('what is waited for between waves', () => {
  const rollout = (strategy: unknown) => rolloutOf(Strategy.parse(strategy), [1, 2]);
  const blue = 'grp_00000000000000000000000001';
  const green = 'grp_00000000000000000000000002';
  it('follows from the strategy', () => {
    expect(rollout({ type: 'parallel' })).toMatchObject({ pauseMs: 0, manual: false });
    expect(rollout({ type: 'rolling', batch_size: 1, pause_seconds: 5 })).toMatchObject({
      pauseMs: 5000,
      manual: false,
    });
    expect(rollout({ type: 'canary', canary_size: 1, bake_seconds: 9, promote: 'manual' })).toMatchObject({
      pauseMs: 9000,
      manual: true,
    });
    expect(rollout({ type: 'blue_green', blue_group_id: blue, green_group_id: green })).toMatchObject({
      pauseMs: 0,
      manual: false,
      maxFailures: 0,
    });
  });
});
