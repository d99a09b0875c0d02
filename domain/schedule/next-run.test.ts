import { describe, expect, it } from 'vitest';
import type { Recurrence } from '#protocol/recurrence.ts';
import { nextRun } from './next-run.ts';
import { type Timing, timingOf } from './timing.ts';
import { upcomingRuns } from './upcoming-runs.ts';

const timing = (recurrence: Recurrence | string, timezone = 'UTC'): Timing => {
  const written: Recurrence =
    typeof recurrence === 'string' ? { type: 'cron', cron_expression: recurrence } : recurrence;
  const timed = timingOf(written, timezone);
  if (!timed.ok) throw new Error(timed.issues.map(({ message }) => message).join());
  return timed.timing;
};

const iso = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString().replace(':00.000Z', 'Z').replace('.000Z', 'Z');

const runs = (recurrence: Recurrence | string, timezone: string, from: string, count: number) =>
  upcomingRuns(timing(recurrence, timezone), Date.parse(from), count, null).map(({ at }) => iso(at));

describe('a run', () => {
  it('is strictly after the moment that is asked from, at a whole minute', () => {
    const every = timing('* * * * *');
    const noon = Date.parse('2026-11-28T12:00:00Z');
    expect(nextRun(every, noon)).toBe(noon + 60_000);
    expect(nextRun(every, noon - 1)).toBe(noon);
    expect(nextRun(every, noon + 59_999)).toBe(noon + 60_000);
  });

  it('of a recurrence in words is at its time in its zone', () => {
    const from = '2026-11-28T12:00:00Z';
    expect(runs({ type: 'daily', time: '09:30' }, 'Asia/Kolkata', from, 2)).toEqual([
      '2026-11-29T04:00Z',
      '2026-11-30T04:00Z',
    ]);
    expect(runs({ type: 'weekly', days: [0, 3], time: '09:30' }, 'UTC', from, 3)).toEqual([
      '2026-11-29T09:30Z',
      '2026-12-02T09:30Z',
      '2026-12-06T09:30Z',
    ]);
    expect(runs({ type: 'weekly', days: [7], time: '09:30' }, 'UTC', from, 1)).toEqual(['2026-11-29T09:30Z']);
  });

  it('on day 29, 30 or 31 leaves out the months that are too short', () => {
    const monthly = (day_of_month: number | 'last'): Recurrence => ({ type: 'monthly', day_of_month, time: '00:00' });
    const from = '2027-01-01T00:00:00Z';
    expect(runs(monthly(31), 'UTC', from, 4)).toEqual([
      '2027-01-31T00:00Z',
      '2027-03-31T00:00Z',
      '2027-05-31T00:00Z',
      '2027-07-31T00:00Z',
    ]);
    expect(runs(monthly(30), 'UTC', from, 2)).toEqual(['2027-01-30T00:00Z', '2027-03-30T00:00Z']);
    expect(runs(monthly(29), 'UTC', from, 2)).toEqual(['2027-01-29T00:00Z', '2027-03-29T00:00Z']);
  });

  it('on the last day is in every month, leap years included', () => {
    const last: Recurrence = { type: 'monthly', day_of_month: 'last', time: '23:00' };
    expect(runs(last, 'UTC', '2028-01-31T23:00:00Z', 3)).toEqual([
      '2028-02-29T23:00Z',
      '2028-03-31T23:00Z',
      '2028-04-30T23:00Z',
    ]);
    expect(runs(last, 'UTC', '2100-01-31T23:00:00Z', 1)).toEqual(['2100-02-28T23:00Z']);
  });

  it('that happens once keeps its seconds, and does not come again', () => {
    const once = timing({ type: 'once', at: '2026-11-28T12:00:07Z' });
    const at = Date.parse('2026-11-28T12:00:07Z');
    expect([nextRun(once, at - 1), nextRun(once, at), nextRun(once, at + 1)]).toEqual([at, null, null]);
  });
});

describe('day-of-month and day-of-week', () => {
  it('both restricted: either will do', () => {
    expect(runs('0 0 13 * 5', 'UTC', '2026-11-07T00:00:00Z', 4)).toEqual([
      '2026-11-13T00:00Z',
      '2026-11-20T00:00Z',
      '2026-11-27T00:00Z',
      '2026-12-04T00:00Z',
    ]);
  });

  it('one of them beginning with *: both must hold', () => {
    // Mondays on odd days.
    expect(runs('0 0 */2 * 1', 'UTC', '2026-11-01T00:00:00Z', 3)).toEqual([
      '2026-11-09T00:00Z',
      '2026-11-23T00:00Z',
      '2026-12-07T00:00Z',
    ]);
    expect(runs('0 0 13 * */5', 'UTC', '2026-11-01T00:00:00Z', 2)).toEqual(['2026-11-13T00:00Z', '2026-12-13T00:00Z']);
  });
});

describe('a range that wraps', () => {
  it('runs through midnight', () => {
    expect(runs('0 22-6 * * *', 'UTC', '2026-11-28T20:00:00Z', 10)).toEqual([
      '2026-11-28T22:00Z',
      '2026-11-28T23:00Z',
      '2026-11-29T00:00Z',
      '2026-11-29T01:00Z',
      '2026-11-29T02:00Z',
      '2026-11-29T03:00Z',
      '2026-11-29T04:00Z',
      '2026-11-29T05:00Z',
      '2026-11-29T06:00Z',
      '2026-11-29T22:00Z',
    ]);
  });

  it('runs over the weekend and the turn of the year', () => {
    expect(runs('0 0 * * FRI-MON/2', 'UTC', '2026-11-28T20:00:00Z', 3)).toEqual([
      '2026-11-29T00:00Z',
      '2026-12-04T00:00Z',
      '2026-12-06T00:00Z',
    ]);
    expect(runs('0 0 1 NOV-FEB *', 'UTC', '2026-11-28T20:00:00Z', 3)).toEqual([
      '2026-12-01T00:00Z',
      '2027-01-01T00:00Z',
      '2027-02-01T00:00Z',
    ]);
  });
});

describe('a gap', () => {
  it('moves a job of a fixed time to the first instant after it', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
  });

  it('runs a job once for all its times in it, and for the time right after it', () => {
    expect(runs('0,30 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 3)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
      '2026-03-30T00:00Z',
    ]);
  });

  it('does not move a job that follows the clock', () => {
    expect(runs('30 */2 * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 2)).toEqual([
      '2026-03-29T02:30Z',
      '2026-03-29T04:30Z',
    ]);
    expect(runs('*/30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 1)).toEqual(['2026-03-30T00:00Z']);
  });

  it('leaves the intervals of a job that follows the clock as they are', () => {
    expect(runs('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z', 4)).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
      '2026-03-29T02:00Z',
    ]);
  });

  it('at midnight does not lose the day', () => {
    const midnight: Recurrence = { type: 'daily', time: '00:00' };
    expect(runs(midnight, 'Africa/Cairo', '2026-04-23T00:00:00Z', 3)).toEqual([
      '2026-04-23T22:00Z',
      '2026-04-24T21:00Z',
      '2026-04-25T21:00Z',
    ]);
    expect(runs({ type: 'daily', time: '00:30' }, 'Asia/Beirut', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-28T22:00Z',
      '2026-03-29T21:30Z',
    ]);
    expect(runs(midnight, 'America/Sao_Paulo', '2018-11-03T12:00:00Z', 2)).toEqual([
      '2018-11-04T03:00Z',
      '2018-11-05T02:00Z',
    ]);
  });

  it('that ends at midnight belongs to the day before', () => {
    expect(runs('30 23 30 3 *', 'America/Nuuk', '2024-03-01T00:00:00Z', 1)).toEqual(['2024-03-31T01:00Z']);
  });

  it('of half an hour is one too', () => {
    expect(runs('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 2)).toEqual([
      '2026-10-03T15:30Z',
      '2026-10-04T15:15Z',
    ]);
    expect(runs('15 * * * *', 'Australia/Lord_Howe', '2026-10-03T14:00:00Z', 3)).toEqual([
      '2026-10-03T14:45Z',
      '2026-10-03T16:15Z',
      '2026-10-03T17:15Z',
    ]);
  });

  it('of three hours is one, and of more is none', () => {
    // Casey went from +8 to +11 at 04:00 on 2018-10-07.
    expect(runs('0 5 * * *', 'Antarctica/Casey', '2018-10-06T12:00:00Z', 1)).toEqual(['2018-10-06T20:00Z']);
    // Samoa had no 2011-12-30, Kwajalein no 1993-08-21.
    expect(runs('0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00:00Z', 3)).toEqual([
      '2011-12-29T22:00Z',
      '2011-12-30T22:00Z',
      '2011-12-31T22:00Z',
    ]);
    expect(runs('0 12 30 12 *', 'Pacific/Apia', '2011-12-01T00:00:00Z', 1)).toEqual(['2012-12-29T22:00Z']);
    expect(runs('0 12 21 8 *', 'Pacific/Kwajalein', '1993-01-01T00:00:00Z', 1)).toEqual(['1994-08-21T00:00Z']);
  });
});

describe('an hour that comes twice', () => {
  it('runs a job of a fixed time the first time only', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
    // Asked between the two.
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', 1)).toEqual(['2026-10-26T01:30Z']);
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:30Z']);
  });

  it('runs a job that follows the clock both times', () => {
    expect(runs('30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', 3)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:30Z',
    ]);
    expect(runs('*/30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 4)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
    ]);
  });

  it('may be half an hour', () => {
    expect(runs('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00:00Z', 2)).toEqual([
      '2026-04-04T14:45Z',
      '2026-04-05T15:15Z',
    ]);
    expect(runs('45 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:00:00Z', 3)).toEqual([
      '2026-04-04T14:45Z',
      '2026-04-04T15:15Z',
      '2026-04-04T16:15Z',
    ]);
  });
});

describe('the search', () => {
  it('finds what comes once in forty years', () => {
    // February 29 on a Sunday: every 28 years, but for the century year that is no leap year.
    expect(runs('0 0 29 2 */7', 'Europe/Berlin', '2026-01-01T00:00:00Z', 4)).toEqual([
      '2032-02-28T23:00Z',
      '2060-02-28T23:00Z',
      '2088-02-28T23:00Z',
      '2128-02-28T23:00Z',
    ]);
  });

  it('ends, wherever it begins', () => {
    const rare = timing('0 0 29 2 */7', 'Australia/Lord_Howe');
    for (const from of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 8.64e15, -8.64e15, 9e15])
      expect(nextRun(rare, from)).toBeNull();
    expect(iso(nextRun(rare, Date.parse('0000-01-01T00:00:00Z')))).toMatch(/^0/);
  });

  it('takes far less than a millisecond, and little more where it must look for years', () => {
    const perCall = (of: Timing, calls: number): number => {
      for (let call = 0; call < 50; call++) nextRun(of, Date.UTC(2026, 0, 1) + call * 3_600_000);
      const begun = performance.now();
      for (let call = 0; call < calls; call++) nextRun(of, Date.UTC(2026, 0, 1) + call * 3_600_000);
      return (performance.now() - begun) / calls;
    };
    // Ten times what it takes on a machine at rest: other tests share this one.
    expect(perCall(timing('30 2 * * *', 'Europe/Berlin'), 500)).toBeLessThan(0.2);
    expect(perCall(timing('*/5 * * * *', 'Europe/Berlin'), 500)).toBeLessThan(0.2);
    expect(perCall(timing('0 0 29 2 */7', 'Australia/Lord_Howe'), 100)).toBeLessThan(5);
  });
});
