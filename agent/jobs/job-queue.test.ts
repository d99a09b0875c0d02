import { expect, test } from 'vitest';
import { nextToStart } from './job-queue.ts';

const on = (device_key: string, name = device_key) => ({ name, job: { device_key } });
const names = (entries: { name: string }[]): string => entries.map(({ name }) => name).join('');

test.each([
  ['nothing waits', [], [], 4, ''],
  ['all fit', ['a', 'b'], [], 4, 'ab'],
  ['JOB11 no more than the policy lets run', ['a', 'b', 'c'], ['d'], 3, 'ab'],
  ['JOB11 nothing beside a full house', ['a'], ['b', 'c'], 2, ''],
  ['JOB11 one a device', ['a', 'a', 'b'], [], 4, 'ab'],
  ['JOB11 none on a device that is busy', ['a', 'b'], ['a'], 4, 'b'],
  ['a limit that was lowered meanwhile', ['a'], ['b', 'c', 'd'], 1, ''],
])('%s', (_name, waiting, running, most, expected) => {
  expect(
    names(
      nextToStart(
        waiting.map((key) => on(key)),
        running.map((key) => on(key)),
        most,
      ),
    ),
  ).toBe(expected);
});

test('the order of arrival counts', () => {
  const waiting = [on('a', '1'), on('a', '2'), on('b', '3')];
  expect(names(nextToStart(waiting, [], 1))).toBe('1');
});
