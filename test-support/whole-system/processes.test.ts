import { expect, test } from 'vitest';
import { descendants, parseBusyMs, parseRssBytes, parseStat } from './processes.ts';

test('a process whose name holds blanks and parentheses is read right', () => {
  const line = '42 (a) b (c) S 7 42 42 0 -1 4194304 100 0 0 0 150 50 30 10 20 0 11 0 1 2 3';
  expect(parseStat(line)).toEqual({ pid: 42, parent: 7, cpuMs: 2000, reapedMs: 400 });
});

test('a tree holds grandchildren and leaves out strangers', () => {
  const stat = (pid: number, parent: number) => ({ pid, parent, cpuMs: 0, reapedMs: 0 });
  const processes = [stat(9, 3), stat(1, 0), stat(3, 2), stat(2, 1), stat(8, 1)];
  expect(descendants(2, processes).map(({ pid }) => pid)).toEqual([2, 3, 9]);
});

test('resident memory is the Rss line, in bytes', () => {
  expect(parseRssBytes('00400000-7ffc ---p [rollup]\nRss:                2048 kB\nPss:                1024 kB\n')).toBe(
    2 * 1024 * 1024,
  );
});

test('idle and waiting time of the machine is no work', () => {
  expect(parseBusyMs('cpu  10 20 30 1000 2000 5 6 0 0 0\ncpu0 1 2 3 4 5 6 7 0 0 0\n')).toBe(710);
});
