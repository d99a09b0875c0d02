import { describe, expect, it } from 'vitest';
import { canHelpToRetry, TRIES, withRetries } from './retry.ts';
import type { BodyAnswer } from './send-body.ts';

const answer = (status: number, body: unknown = {}): BodyAnswer => ({
  type: 'answer',
  status,
  text: JSON.stringify(body),
  retryAfterSeconds: null,
});

describe('retries', () => {
  const table: [string, BodyAnswer, boolean][] = [
    ['an unreachable server', { type: 'unreachable' }, true],
    ['503', answer(503), true],
    ['429', answer(429), true],
    ['413', answer(413), false],
    ['another conflict', answer(409, { type: 'uploads.completed' }), false],
    ['a first sending that goes on', answer(409, { type: 'request.in_flight' }), true],
    ['401', answer(401), false],
    ['a success', answer(200), false],
    ['a cancel', { type: 'aborted' }, false],
  ];
  for (const [name, given, again] of table)
    it(`${again ? 'follow' : 'do not follow'} ${name}`, () => expect(canHelpToRetry(given)).toBe(again));

  it('wait as long as the server asks', async () => {
    const slept: number[] = [];
    const busy: BodyAnswer = { type: 'answer', status: 429, text: '', retryAfterSeconds: 2 };
    const tools = { random: () => 1, sleep: async (ms: number) => void slept.push(ms) };
    await withRetries(async () => busy, new AbortController().signal, tools);
    expect(slept).toEqual(Array.from({ length: TRIES - 1 }, () => 2000));
  });
});
