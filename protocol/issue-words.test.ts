import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldIssues } from './issues.ts';

const Body = z.object({
  name: z.string().min(1).max(5).default('a'),
  count: z.int().min(1).max(9).default(1),
  rate: z.number().default(1),
  on: z.boolean().default(true),
  days: z.array(z.int()).min(2).default([1, 2]),
  kind: z.enum(['one', 'two']).default('one'),
  fixed: z.literal('x').default('x'),
  own: z.int('must be a day').min(1, 'must be a day').default(1),
});

test.each([
  [{ name: '' }, 'must not be empty'],
  [{ name: 'too long' }, 'must have at most 5 characters'],
  [{ name: 7 }, 'must be text'],
  [{ count: 0 }, 'must be at least 1'],
  [{ count: 10 }, 'must be at most 9'],
  [{ count: 1.5 }, 'must be a whole number'],
  [{ count: null }, 'must be a number'],
  [{ rate: 'fast' }, 'must be a number'],
  [{ on: 'yes' }, 'must be true or false'],
  [{ days: [1] }, 'must have at least 2 entries'],
  [{ days: 3 }, 'must be a list'],
  [{ kind: 'three' }, 'must be one of one, two'],
  [{ fixed: 'y' }, 'must be x'],
  [{ own: 0 }, 'must be a day'],
])('%j is refused in plain words', (body, message) => {
  const { error } = Body.safeParse(body);
  expect(error === undefined ? [] : fieldIssues(error).map((issue) => issue.message)).toEqual([message]);
});

test('a field that is missing is said to be missing', () => {
  const { error } = z.object({ reason: z.string() }).safeParse({});
  expect(error === undefined ? [] : fieldIssues(error)).toEqual([{ path: 'reason', message: 'is missing' }]);
});
