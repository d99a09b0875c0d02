import { describe, expect, it } from 'vitest';
import type { Target } from '#protocol/http/deployments.ts';
import { DeviceId, HostId, TargetId } from '#protocol/ids.ts';
import { isNewer, mergeTargets } from './merge-targets.ts';
import { id } from './test-ids.ts';

const target = (number: number, change: Partial<Target> = {}): Target => ({
  id: TargetId.parse(id('tgt', number)),
  device_id: DeviceId.parse(id('dev')),
  device_name: 'one',
  host_id: HostId.parse(id('host')),
  item: 'uptime',
  status: 'pending',
  attempt: 1,
  progress_percent: null,
  result_message: null,
  error_details: null,
  exit_code: null,
  waiting_for: null,
  started_at: null,
  completed_at: null,
  wave: 1,
  undo: null,
  ...change,
});

const summary = (targets: readonly Target[]) => targets.map((t) => [Number(t.id.slice(4)), t.status]);

describe('merged targets', () => {
  const items = [target(1), target(2, { status: 'running' }), target(3, { status: 'completed' })];
  const all = { filter: 'all', hasMore: false } as const;

  it('change in place', () => {
    expect(summary(mergeTargets(items, [target(1, { status: 'failed' })], all))).toEqual([
      [1, 'failed'],
      [2, 'running'],
      [3, 'completed'],
    ]);
  });

  it('stay the same array when nothing in it changed', () => {
    expect(mergeTargets(items, [], all)).toBe(items);
    expect(mergeTargets(items, [target(9)], { ...all, hasMore: true })).toBe(items);
  });

  it('never go back to an earlier state', () => {
    expect(mergeTargets(items, [target(3, { status: 'running' }), target(2, { status: 'queued' })], all)).toBe(items);
  });

  it('start over with a new attempt', () => {
    expect(summary(mergeTargets(items, [target(2, { status: 'queued', attempt: 2 })], all))[1]).toEqual([2, 'queued']);
  });

  it('leave a filter that they no longer pass, and enter one that they pass now', () => {
    const running = [target(2, { status: 'running' })];
    const merged = mergeTargets(running, [target(2, { status: 'failed' }), target(5, { status: 'queued' })], {
      filter: 'running',
      hasMore: false,
    });
    expect(summary(merged)).toEqual([[5, 'queued']]);
  });

  it('keep the order of ids', () => {
    expect(
      summary(mergeTargets([target(1), target(5)], [target(3), target(7)], { ...all, hasMore: true })).map(([n]) => n),
    ).toEqual([1, 3, 5]);
  });

  it('accept progress within one state', () => {
    expect(isNewer(target(1, { status: 'running', progress_percent: 50 }), target(1, { status: 'running' }))).toBe(
      true,
    );
  });
});
