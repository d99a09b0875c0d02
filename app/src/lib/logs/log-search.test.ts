import { describe, expect, it } from 'vitest';
import type { LogSearch as Answer } from '#protocol/http/logs.ts';
import { LogSearch, MAX_MATCHES } from './log-search.ts';

/** A server with a match on each of these lines, that searches ten lines a request. */
const searchIn = (matching: readonly number[], total = 100) => {
  const asked: number[] = [];
  const server = { total, fails: false };
  const ask = async ({ from_line }: { from_line: number }): Promise<Answer> => {
    asked.push(from_line);
    if (server.fails) throw new Error('not reachable');
    const end = Math.min(from_line + 10, server.total);
    return {
      matches: matching
        .filter((line) => line >= from_line && line < end)
        .map((line) => ({ line, offset: 0, text: 'x', text_from: 0, ranges: [[0, 1]] })),
      next_line: end < server.total ? end : null,
      total_lines: server.total,
      complete: false,
    };
  };
  const search = new LogSearch({ ask, changed: () => {} });
  const until = (status: LogSearch['status']) => expect.poll(() => search.status, { interval: 1 }).toBe(status);
  return { search, asked, server, until };
};

describe('a search', () => {
  it('walks through the whole log and stands on the first match at or after what one looks at', async () => {
    const { search, asked, until } = searchIn([3, 41, 42, 99]);
    search.start('x', false, 42);
    await until('done');
    expect(asked).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(search.matches.map(({ line }) => line)).toEqual([3, 41, 42, 99]);
    expect(search.current).toBe(2);
  });

  it('stands on the first match when there is none below', async () => {
    const { search, until } = searchIn([3, 5]);
    search.start('x', false, 42);
    await until('done');
    expect(search.current).toBe(0);
  });

  it('steps around in both directions', async () => {
    const { search, until } = searchIn([1, 2, 3]);
    search.start('x', false, 0);
    await until('done');
    search.step(-1);
    expect(search.current).toBe(2);
    search.step(1);
    expect(search.current).toBe(0);
  });

  it('goes on in output that comes later', async () => {
    const { search, server, asked, until } = searchIn([5, 104], 100);
    search.start('x', false, 0);
    await until('done');
    search.goOn(100);
    expect(asked).toHaveLength(10);
    server.total = 110;
    search.goOn(110);
    await until('done');
    expect(asked.at(-1)).toBe(100);
    expect(search.matches.map(({ line }) => line)).toEqual([5, 104]);
  });

  it('forgets a search that another one replaced', async () => {
    const { search, until } = searchIn([1]);
    search.start('x', false, 0);
    search.start('xy', false, 0);
    await until('done');
    expect(search.matches).toHaveLength(1);
    search.start('', false, 0);
    expect([search.status, search.matches]).toEqual(['idle', []]);
  });

  it('stops at more matches than anybody steps through', async () => {
    const { search, until } = searchIn(
      Array.from({ length: 30_000 }, (_, line) => line),
      30_000,
    );
    search.start('x', false, 0);
    await until('too_many');
    expect(search.matches).toHaveLength(MAX_MATCHES);
  });

  it('says when the server cannot be asked', async () => {
    const { search, server, until } = searchIn([1]);
    server.fails = true;
    search.start('x', false, 0);
    await until('failed');
  });
});
