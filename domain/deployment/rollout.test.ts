import { describe, expect, it } from 'vitest';
import { Strategy } from '#protocol/strategy.ts';
import { endsOf, rolloutOf } from './rollout.ts';

describe('ends', () => {
  it('count the targets that have gone once each wave has; a wave may be empty', () =>
    expect(endsOf(4, [0, 0, 1, 3])).toEqual([2, 3, 3, 4]));
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
