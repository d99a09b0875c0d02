import { describe, expect, test } from 'vitest';
import { CloseCode } from '#protocol/agent/connection.ts';
import { parseRefusal, parseRetryAfter, type Refusal } from './problem.ts';
import { afterEnding, backoffMs, type Ending, endingText, type Next } from './retry.ts';

const refusal = (parts: Partial<Refusal> = {}): Refusal => ({
  type: 'about:blank',
  detail: null,
  server_time: null,
  ...parts,
});
const refused = (status: number, parts: Partial<Refusal> = {}, retryAfterMs: number | null = null): Ending => ({
  type: 'refused',
  status,
  refusal: refusal(parts),
  retryAfterMs,
});
const closed = (code: number, welcomedForMs: number | null = 60_000): Ending => ({
  type: 'closed',
  code,
  reason: '',
  welcomedForMs,
});
const unreachable: Ending = { type: 'unreachable', message: 'ECONNREFUSED' };

describe('back-off', () => {
  test.each([
    [0, 500],
    [1, 1000],
    [2, 2000],
    [4, 8000],
    [11, 8000],
    [12, 30_000],
    [2000, 30_000],
  ])('CON7 after %i failures the delay is drawn from 0 to %i ms', (failures, most) => {
    expect(backoffMs(failures, () => 0)).toBe(0);
    expect(backoffMs(failures, () => 0.5)).toBe(most / 2);
    expect(backoffMs(failures, () => 1)).toBe(most);
  });
});

describe('what follows an ending', () => {
  const half = (): number => 0.5;
  const cases: [string, Ending, number, boolean, Next][] = [
    ['CON7 an unreachable server is tried again', unreachable, 0, false, { type: 'retry', afterMs: 250, failures: 1 }],
    ['CON7 failures count up', unreachable, 3, false, { type: 'retry', afterMs: 2000, failures: 4 }],
    [
      'CON7 a suggested delay counts when it is longer',
      refused(503, {}, 5000),
      0,
      false,
      { type: 'retry', afterMs: 5000, failures: 1 },
    ],
    [
      'CON7 a suggested delay does not count when it is shorter',
      refused(503, {}, 100),
      1,
      false,
      { type: 'retry', afterMs: 500, failures: 2 },
    ],
    [
      'a suggested delay is bounded',
      refused(503, {}, 1e12),
      0,
      false,
      { type: 'retry', afterMs: 600_000, failures: 1 },
    ],
    [
      'CON2 a wrong clock is set and tried at once',
      refused(401, { type: 'agent.clock_skew', server_time: '2030-01-01T00:00:00.000Z' }),
      4,
      false,
      { type: 'retry_by_server_clock', serverTime: '2030-01-01T00:00:00.000Z' },
    ],
    [
      'CON2 a second complaint about the clock is an ordinary failure',
      refused(401, { type: 'agent.clock_skew', server_time: '2030-01-01T00:00:00.000Z' }),
      0,
      true,
      { type: 'retry', afterMs: 250, failures: 1 },
    ],
    [
      'CON3 a revoked host stops',
      refused(403, { type: 'agent.revoked' }),
      0,
      false,
      { type: 'stop', reason: 'the server has revoked this host' },
    ],
    ['CON3 an unknown host tries on', refused(401), 0, false, { type: 'retry', afterMs: 250, failures: 1 }],
    [
      'CON5 a close as revoked stops',
      closed(CloseCode.revoked),
      0,
      false,
      { type: 'stop', reason: 'the server has revoked this host' },
    ],
    [
      'CON6 a replaced agent does not drive the other one out at once',
      closed(CloseCode.replaced),
      0,
      false,
      { type: 'retry', afterMs: 15_000, failures: 13 },
    ],
    ['a good connection resets the count', closed(1006), 5, false, { type: 'retry', afterMs: 250, failures: 1 }],
    [
      'a connection that ends at once does not reset it',
      closed(1006, 100),
      3,
      false,
      { type: 'retry', afterMs: 2000, failures: 4 },
    ],
    [
      'CON7 but it ends the patience with a server that stayed away',
      closed(1006, 100),
      40,
      false,
      { type: 'retry', afterMs: 4000, failures: 5 },
    ],
    ['nor does one without a welcome', closed(1000, null), 5, false, { type: 'retry', afterMs: 4000, failures: 6 }],
  ];
  test.each(cases)('%s', (_name, ending, failures, clockWasSet, next) => {
    expect(afterEnding(ending, failures, clockWasSet, half)).toEqual(next);
  });

  test('CON5 without a version in common the next try is at least an hour away', () => {
    const next = afterEnding(closed(CloseCode.unsupported), 0, false, () => 0);
    expect(next).toMatchObject({ type: 'retry', afterMs: 3_600_000 });
  });

  test('each ending has a text', () => {
    expect(endingText(unreachable)).toBe('ECONNREFUSED');
    expect(endingText({ type: 'closed', code: 4001, reason: 'jobs: too many', welcomedForMs: null })).toBe(
      'closed with 4001: jobs: too many',
    );
    expect(endingText(refused(401, { detail: 'no such host' }))).toBe('refused with 401: no such host');
  });
});

describe('refusals', () => {
  test.each([
    ['17', 17_000],
    ['Sat, 21 Nov 2026 00:00:10 GMT', 10_000],
    ['Fri, 20 Nov 2026 00:00:00 GMT', 0],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('Retry-After %j is %j ms', (value, ms) => {
    expect(parseRetryAfter(value, Date.parse('2026-11-21T00:00:00Z'))).toBe(ms);
  });

  test.each(['', 'null', '[]', '{', '"x"', '{"type":7,"server_time":"yesterday","detail":{}}'])(
    'BAD1 the body %j is a refusal without a word',
    (body) => expect(parseRefusal(body)).toEqual(refusal()),
  );
});
