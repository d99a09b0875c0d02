/** Searching lists by part of a text: all of them compare in the same way. */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pageOf } from '#protocol/http/page.ts';
import { read } from '../testing/lab.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const api = createTestApi();
const name = `Nightly_100% ${'of the very long name of a script '.repeat(4)}`.trim();

let operator: Caller;
beforeAll(async () => {
  operator = await api.newCaller('operator');
  const body = { name, interpreter: 'sh', content: 'true' };
  await read(z.object({ name: z.literal(name) }), await operator.call('POST', '/api/scripts', { body }), 201);
});

const found = async (q: string): Promise<number> => {
  const response = await operator.call('GET', `/api/scripts?q=${encodeURIComponent(q)}`);
  return (await read(pageOf(z.object({})), response)).items.length;
};

describe('a search', () => {
  it.each(['nightly', 'Y_100% o', name.toUpperCase()])('finds "%s" in whatever letters it is written', async (q) => {
    expect(await found(q)).toBe(1);
  });

  it.each(['y1100', 'nightly%script', 'x'.repeat(200), '%'.repeat(60), 'ü'.repeat(100), '\\', '"', "'"])(
    'takes "%s" as it is',
    async (q) => {
      expect(await found(q)).toBe(0);
    },
  );
});
