import { describe, expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { PageRefetch } from './page-refetch.ts';

const refusal = (status: number): ApiError =>
  new ApiError({ type: 'x', title: 'x', status, detail: `refused with ${status}` });

/** The shown page is `/hosts`; its calls answer with `answers`, one after the other. */
const scene = (...answers: (number | 'data')[]) => {
  const waits: number[] = [];
  const refetch = new PageRefetch({
    shownPath: () => '/hosts',
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
  });
  const load = (path: string) =>
    refetch.attempt(
      () => path,
      async () => {
        const answer = answers.shift() ?? 'data';
        if (answer !== 'data') throw refusal(answer);
        return answer;
      },
    );
  const refetched = async (path: string): Promise<string> => {
    let data = '';
    await refetch.during(async () => {
      data = await load(path);
    });
    return data;
  };
  return { waits, load, refetched };
};

describe('the shown page', () => {
  test.each([0, 500, 502, 503])('stays while the server answers %i, and is fetched when it is back', async (status) => {
    const { waits, refetched } = scene(status, status, 'data');
    expect(await refetched('/hosts')).toBe('data');
    expect(waits).toEqual([250, 500]);
  });

  test.each([401, 403, 404])('is told that it may not be read any more: %i', async (status) => {
    const { waits, refetched } = scene(status);
    await expect(refetched('/hosts')).rejects.toThrow(`refused with ${status}`);
    expect(waits).toEqual([]);
  });
});

test('a page that is opened meanwhile fails at once', async () => {
  await expect(scene(503).refetched('/groups')).rejects.toThrow('refused with 503');
});

test('without a refetch every failure shows', async () => {
  await expect(scene(503).load('/hosts')).rejects.toThrow('refused with 503');
});

test('a failed refetch does not keep later failures from showing', async () => {
  const { refetched, load } = scene(404, 503);
  await expect(refetched('/hosts')).rejects.toThrow('refused with 404');
  await expect(load('/hosts')).rejects.toThrow('refused with 503');
});
