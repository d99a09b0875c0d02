import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { JobProgress, type ProgressReport } from './job-progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const report = (percent: number, status: ProgressReport['status'] = 'downloading'): ProgressReport => ({
  status,
  percent,
  message: null,
});

const start = () => {
  const sent: ProgressReport[] = [];
  return { sent, progress: new JobProgress((latest) => sent.push(latest)) };
};

test('JOB10 at most one report every 250 ms, and the last one is never lost', () => {
  const { sent, progress } = start();
  for (let percent = 0; percent < 100; percent++) {
    progress.report(report(percent));
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(1000);
  expect(sent.map(({ percent }) => percent)).toEqual([0, 24, 49, 74, 99]);
});

test('JOB10 a change of status is sent at once, and starts a new interval', () => {
  const { sent, progress } = start();
  progress.report(report(1));
  progress.report(report(2));
  progress.report(report(3, 'installing'));
  progress.report(report(4, 'installing'));
  expect(sent.map(({ percent }) => percent)).toEqual([1, 3]);
  vi.advanceTimersByTime(250);
  expect(sent.map(({ percent }) => percent)).toEqual([1, 3, 4]);
});

test('JOB10 a status never moves back', () => {
  const { sent, progress } = start();
  for (const status of ['installing', 'downloading', 'running', 'verifying', 'installing'] as const)
    progress.report(report(0, status));
  expect(sent.map(({ status }) => status)).toEqual(['installing', 'verifying']);
});

test('nothing is reported after the end', () => {
  const { sent, progress } = start();
  progress.report(report(1));
  progress.report(report(2));
  progress.close();
  progress.report(report(3));
  vi.advanceTimersByTime(1000);
  expect(sent).toEqual([report(1)]);
});

test.each([
  [12.9, 12],
  [-1, 0],
  [101, 100],
  [Number.NaN, null],
  [null, null],
])('a percentage of %s is sent as %s', (percent, expected) => {
  const { progress } = start();
  progress.report({ status: 'running', percent, message: null });
  expect(progress.latest?.percent).toBe(expected);
});
