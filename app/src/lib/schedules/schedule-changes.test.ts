import { describe, expect, test } from 'vitest';
import { ScheduleUpdated } from '#protocol/live/events.ts';
import { sampleId, sampleSchedule } from './sample-schedule.ts';
import { needsFetch, type ScheduleUpdate, schedulesWithUpdate } from './schedule-changes.ts';
import type { ScheduleFilter } from './schedule-filter.ts';

const none: ScheduleFilter = { q: '', kind: '', status: '' };
const list = [sampleSchedule(3), sampleSchedule(2)];

const update = (number: number, change: Partial<ScheduleUpdate> = {}): ScheduleUpdate => ({
  ...ScheduleUpdated.shape.data.parse({
    id: sampleId(number),
    name: `nightly ${number}`,
    status: 'active',
    status_reason: null,
    next_run_at: '2026-11-30T02:00:00.000Z',
    last_run_at: '2026-11-29T02:00:00.000Z',
    execution_count: 1,
    is_running: true,
    edited: false,
    removed: false,
  }),
  ...change,
});

describe('a list of schedules', () => {
  test('shows what an event says of a schedule, in its place', () => {
    const [first, second] = schedulesWithUpdate(list, update(3), none);
    expect(first).toMatchObject({ name: 'nightly 3', what: 'uptime', execution_count: 1, is_running: true });
    expect(second).toBe(list[1]);
  });

  test('loses what was deleted, and what its filter no longer lets through', () => {
    const idsAfter = (change: Partial<ScheduleUpdate>, filter: ScheduleFilter) =>
      schedulesWithUpdate(list, update(2, change), filter).map(({ id }) => id);
    expect(idsAfter({ removed: true }, none)).toEqual([sampleId(3)]);
    expect(idsAfter({ status: 'paused' }, { ...none, status: 'active' })).toEqual([sampleId(3)]);
    expect(idsAfter({ status: 'paused' }, { ...none, q: 'found by its command' })).toEqual([sampleId(3), sampleId(2)]);
  });

  test('is the same while nothing of it changed', () => {
    expect(schedulesWithUpdate(list, update(9), none)).toBe(list);
  });
});

describe('a schedule is fetched', () => {
  test('when its settings were edited or it is new', () => {
    expect(needsFetch(list, update(2, { edited: true }), true)).toBe(true);
    expect(needsFetch(list, update(9), true)).toBe(true);
    expect(needsFetch([], update(9), false)).toBe(true);
  });

  test('not when the event says all, nor when a later page will bring it', () => {
    expect(needsFetch(list, update(2), true)).toBe(false);
    expect(needsFetch(list, update(1), true)).toBe(false);
    expect(needsFetch(list, update(1, { removed: true }), false)).toBe(false);
  });
});
