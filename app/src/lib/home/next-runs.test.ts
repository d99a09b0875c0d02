import { expect, test } from 'vitest';
import { sampleSchedule } from '../schedules/sample-schedule.ts';
import { nextSchedules } from './next-runs.ts';

test('what runs comes first, then what is due next; what neither runs nor is due does not show', () => {
  const schedules = [
    sampleSchedule(1, { next_run_at: '2026-11-30T00:00:00.000Z' }),
    sampleSchedule(2, { next_run_at: '2026-11-29T00:00:00.000Z' }),
    sampleSchedule(3, { next_run_at: null }),
    sampleSchedule(4, { next_run_at: null, is_running: true }),
  ];
  expect(nextSchedules(schedules, 9).map(({ name }) => name)).toEqual(['nightly 4', 'nightly 2', 'nightly 1']);
  expect(nextSchedules(schedules, 1)).toHaveLength(1);
});
