import { describe, expect, it } from 'vitest';
import type { Comparison } from '#protocol/http/deployments.ts';
import { DeploymentId, DeviceId } from '#protocol/ids.ts';
import { changesOf, nearestFirst, type TargetChange } from './comparison.ts';
import { id } from './test-ids.ts';
import { summary } from './test-summary.ts';

const target = (change: TargetChange): Comparison['targets'][number] => ({
  device_id: DeviceId.parse(id('dev')),
  device_name: 'one',
  item: 'x',
  change,
  before: null,
  after: null,
});

describe('a comparison', () => {
  it('counts what changed, the worst first', () =>
    expect(changesOf({ targets: [target('same'), target('fixed'), target('broken'), target('same')] })).toEqual([
      { change: 'broken', count: 1 },
      { change: 'fixed', count: 1 },
      { change: 'same', count: 2 },
    ]));

  it('offers what it came from first, then the same name, the newest first, and never itself', () => {
    const parent = { id: DeploymentId.parse(id('dep', 1)), relation: 'retry' as const };
    const own = summary(9, { name: 'app', parent });
    const others = [
      summary(1, { name: 'other' }),
      summary(2, { name: 'app', created_at: '2026-01-01T00:00:00.000Z' }),
      summary(3, { name: 'app', created_at: '2026-01-02T00:00:00.000Z' }),
      summary(4),
      own,
    ];
    expect(nearestFirst(own, others).map((other) => Number(other.id.slice(4)))).toEqual([1, 3, 2, 4]);
  });
});
