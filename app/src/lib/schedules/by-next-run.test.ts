import { expect, test } from 'vitest';
import { byNextRun } from './by-next-run.ts';
import { sampleSchedule } from './sample-schedule.ts';

test('what is due next comes first, then what waits for somebody, and last what has ended', () => {
  const schedules = [
    sampleSchedule(1, { name: 'stopped', status: 'stopped', next_run_at: null }),
    sampleSchedule(2, { name: 'paused', status: 'paused', next_run_at: null }),
    sampleSchedule(3, { name: 'later', next_run_at: '2026-03-02T00:00:00.000Z' }),
    sampleSchedule(4, { name: 'soon', next_run_at: '2026-03-01T00:00:00.000Z' }),
  ];
  expect(byNextRun(schedules).map(({ name }) => name)).toEqual(['soon', 'later', 'paused', 'stopped']);
});
