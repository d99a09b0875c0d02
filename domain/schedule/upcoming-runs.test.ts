import { describe, expect, it } from 'vitest';
import type { Recurrence } from '#protocol/recurrence.ts';
import { timingOf } from './timing.ts';
import { upcomingRuns } from './upcoming-runs.ts';

const upcoming = (recurrence: Recurrence | string, timezone: string, from: string, count: number, until?: string) => {
  const written: Recurrence =
    typeof recurrence === 'string' ? { type: 'cron', cron_expression: recurrence } : recurrence;
  const timed = timingOf(written, timezone);
  if (!timed.ok) throw new Error('refused');
  const end = until === undefined ? null : Date.parse(until);
  return upcomingRuns(timed.timing, Date.parse(from), count, end).map(({ at, moved }) => [
    new Date(at).toISOString(),
    moved,
  ]);
};

describe('the runs to come', () => {
  it('are as many as were asked for', () => {
    expect(upcoming('0 9 * * *', 'UTC', '2026-11-28T09:00:00Z', 2)).toEqual([
      ['2026-11-29T09:00:00.000Z', null],
      ['2026-11-30T09:00:00.000Z', null],
    ]);
    expect(upcoming('0 9 * * *', 'UTC', '2026-11-28T09:00:00Z', 0)).toEqual([]);
  });

  it('end with the end, which is one of them', () => {
    expect(upcoming('0 9 * * *', 'UTC', '2026-11-28T09:00:00Z', 9, '2026-11-30T09:00:00Z')).toHaveLength(2);
    expect(upcoming('0 9 * * *', 'UTC', '2026-11-28T09:00:00Z', 9, '2026-11-30T08:59:59Z')).toHaveLength(1);
  });

  it('of one time are one', () => {
    const once: Recurrence = { type: 'once', at: '2026-03-29T02:30' };
    expect(upcoming(once, 'Europe/Berlin', '2026-01-01T00:00:00Z', 5)).toEqual([
      ['2026-03-29T01:00:00.000Z', '02:30 does not exist on this day: runs at 03:00'],
    ]);
    expect(upcoming(once, 'Europe/Berlin', '2026-03-29T01:00:00Z', 5)).toEqual([]);
  });
});

describe('a run that a change of the clock moves says so', () => {
  const moved: [string, string, string, string | null][] = [
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '02:30 does not exist on this day: runs at 03:00'],
    [
      '0,30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00:00Z',
      '02:00 and 02:30 do not exist on this day: runs once, at 03:00',
    ],
    [
      '0,20,40 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00:00Z',
      '02:00 to 02:40 do not exist on this day: runs once, at 03:00',
    ],
    ['0 3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', null],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '02:30 comes twice on this day: runs at the first'],
    ['0 3 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', null],
    ['30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', null],
    ['0 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', null],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', '02:15 does not exist on this day: runs at 02:30'],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00:00Z', '01:45 comes twice on this day: runs at the first'],
    ['30 0 * * *', 'Africa/Cairo', '2026-04-23T12:00:00Z', '00:30 does not exist on this day: runs at 01:00'],
    [
      '30 23 * * *',
      'America/Nuuk',
      '2024-03-30T12:00:00Z',
      '23:30 does not exist on 2024-03-30: runs at 00:00 on 2024-03-31',
    ],
    ['0 0 31 12 *', 'Pacific/Apia', '2011-12-29T12:00:00Z', null],
  ];
  for (const [expression, zone, from, expected] of moved)
    it(`${expression} in ${zone} after ${from}: ${expected}`, () => {
      expect(upcoming(expression, zone, from, 1)[0]?.[1]).toBe(expected);
    });
});
