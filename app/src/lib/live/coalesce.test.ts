import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { coalesce } from './coalesce.ts';
import { scheduleTimeout } from './schedule-timeout.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('many requests are one refresh', async () => {
  const work = vi.fn(async () => {});
  const { request } = coalesce(work, 700, scheduleTimeout);
  for (let index = 0; index < 50; index++) request();
  await vi.advanceTimersByTimeAsync(5000);
  expect(work).toHaveBeenCalledTimes(1);
});

test('what is asked for while a refresh runs is not lost', async () => {
  let finish = (): void => {};
  const work = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  const { request } = coalesce(work, 700, scheduleTimeout);
  request();
  await vi.advanceTimersByTimeAsync(700);
  request();
  request();
  await vi.advanceTimersByTimeAsync(5000);
  expect(work).toHaveBeenCalledTimes(1);
  finish();
  await vi.advanceTimersByTimeAsync(700);
  expect(work).toHaveBeenCalledTimes(2);
});

test('a refresh that fails does not stop later ones', async () => {
  const work = vi.fn(() => Promise.reject(new Error('down')));
  const { request } = coalesce(work, 700, scheduleTimeout);
  request();
  await vi.advanceTimersByTimeAsync(1000);
  request();
  await vi.advanceTimersByTimeAsync(1000);
  expect(work).toHaveBeenCalledTimes(2);
});

test('nothing runs after cancel', async () => {
  const work = vi.fn(async () => {});
  const { request, cancel } = coalesce(work, 700, scheduleTimeout);
  request();
  cancel();
  await vi.advanceTimersByTimeAsync(5000);
  expect(work).not.toHaveBeenCalled();
});
