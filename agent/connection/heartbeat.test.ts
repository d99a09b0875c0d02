import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startHeartbeat } from './heartbeat.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const start = () => {
  const ping = vi.fn();
  const silent = vi.fn();
  return { ping, silent, heartbeat: startHeartbeat(20_000, Date.now, ping, silent) };
};

test('HB1 pings once an interval', () => {
  const { ping, heartbeat } = start();
  for (let seconds = 0; seconds < 100; seconds += 10) {
    vi.advanceTimersByTime(10_000);
    heartbeat.heard();
  }
  expect(ping).toHaveBeenCalledTimes(5);
});

test('HB2 silence for two intervals and a half is noticed, no earlier, and once', () => {
  const { silent } = start();
  vi.advanceTimersByTime(49_999);
  expect(silent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(silent).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000_000);
  expect(silent).toHaveBeenCalledTimes(1);
});

test('HB2 anything that is heard counts', () => {
  const { silent, heartbeat } = start();
  vi.advanceTimersByTime(40_000);
  heartbeat.heard();
  vi.advanceTimersByTime(40_000);
  expect(silent).not.toHaveBeenCalled();
});

test('HB2 a machine that has slept notices with the first tick', () => {
  const { silent } = start();
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(10_000);
  expect(silent).toHaveBeenCalledTimes(1);
});

test('HB2 a clock that is set back by hours delays the notice by no more than was heard of before', () => {
  const { silent } = start();
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(60_000);
  expect(silent).toHaveBeenCalledTimes(1);
});

test('a stopped heartbeat neither pings nor notices', () => {
  const { ping, silent, heartbeat } = start();
  heartbeat.stop();
  vi.advanceTimersByTime(1_000_000);
  expect(ping).not.toHaveBeenCalled();
  expect(silent).not.toHaveBeenCalled();
});
