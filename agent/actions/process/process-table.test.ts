import { describe, expect, it } from 'vitest';
import { taskkillArguments } from './end-tree.ts';
import { type ProcessEntry, parsePs, parseStat, treeMembers } from './process-table.ts';

const entry = (pid: number, parent: number, more: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  parent,
  group: pid,
  session: pid,
  zombie: false,
  started: `s${pid}`,
  marked: false,
  ...more,
});

const fields = (state: string) => `${state} 10 20 30 34816 20 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654 8192 100`;

describe('parseStat', () => {
  it.each(['sh', 'a b', 'x) y (z', ') S 1 1 1'])('reads past the command (%s)', (command) => {
    expect(parseStat(`42 (${command}) ${fields('S')}`)).toEqual({
      pid: 42,
      parent: 10,
      group: 20,
      session: 30,
      zombie: false,
      started: '987654',
    });
  });

  it('knows a process that has ended', () => {
    expect(parseStat(`42 (sh) ${fields('Z')}`)?.zombie).toBe(true);
  });

  it.each(['', '42', '42 (sh) S 1'])('takes %j for no process', (text) => {
    expect(parseStat(text)).toBeNull();
  });
});

it('parsePs reads what ps writes on systems without /proc', () => {
  const text = '    1     0     1 Ss   Mon Jan  5 10:00:00 2026\n  501     1   501 Z    Mon Jan  5 10:00:01 2026\n\n';
  expect(parsePs(text)).toEqual([
    entry(1, 0, { session: 0, started: 'Mon Jan  5 10:00:00 2026' }),
    entry(501, 1, { session: 0, zombie: true, started: 'Mon Jan  5 10:00:01 2026' }),
  ]);
});

it('on Windows the tree is ended by taskkill', () => {
  expect(taskkillArguments(42)).toEqual(['/PID', '42', '/T', '/F']);
});

describe('treeMembers', () => {
  const pids = (table: ProcessEntry[], known = new Map<number, string>(), own = 1) =>
    treeMembers(table, 100, known, own).map((each) => each.pid);

  it.each<[string, ProcessEntry]>([
    ['the process itself', entry(100, 1)],
    ['its group', entry(200, 1, { group: 100 })],
    ['its session', entry(200, 1, { session: 100 })],
    ['one with the mark of the job', entry(200, 1, { marked: true })],
  ])('holds %s', (_what, member) => {
    expect(pids([member, entry(300, 1)])).toEqual([member.pid]);
  });

  it('holds descendants that left group and session, whatever their order', () => {
    expect(pids([entry(103, 102), entry(102, 101), entry(101, 100), entry(100, 1)]).sort()).toEqual([
      100, 101, 102, 103,
    ]);
  });

  it('holds descendants of a member that has ended but was not collected, without that member', () => {
    expect(pids([entry(100, 1, { zombie: true }), entry(101, 100)])).toEqual([101]);
  });

  it('holds one seen before, and not another that got its number since', () => {
    expect(pids([entry(200, 1)], new Map([[200, 's200']]))).toEqual([200]);
    expect(pids([entry(200, 1)], new Map([[200, 'earlier']]))).toEqual([]);
  });

  it('never holds the agent itself', () => {
    expect(pids([entry(50, 1, { marked: true }), entry(100, 50)], new Map(), 50)).toEqual([100]);
  });
});
