import { describe, expect, it } from 'vitest';
import type { Recurrence } from '#protocol/recurrence.ts';
import { pastIssue, timingOf } from './timing.ts';

const once = (at: string, timezone = 'Europe/Berlin') => {
  const timed = timingOf({ type: 'once', at }, timezone);
  if (!timed.ok || timed.timing.type !== 'once') throw new Error('not once');
  return timed.timing;
};

const issues = (recurrence: Recurrence, timezone: string) => {
  const timed = timingOf(recurrence, timezone);
  return timed.ok ? [] : timed.issues;
};

describe('a recurrence of one time', () => {
  const times: [string, string, string | null][] = [
    ['2026-06-01T09:00:00Z', '2026-06-01T09:00:00.000Z', null],
    ['2026-06-01T09:00', '2026-06-01T07:00:00.000Z', null],
    ['2026-06-01 09:00:30', '2026-06-01T07:00:30.000Z', null],
    ['2026-03-29T02:30', '2026-03-29T01:00:00.000Z', '02:30 does not exist on this day: runs at 03:00'],
    ['2026-03-29T02:30:15', '2026-03-29T01:00:00.000Z', '02:30:15 does not exist on this day: runs at 03:00'],
    ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z', '02:30 comes twice on this day: runs at the first'],
    ['2026-10-25T02:30+01:00', '2026-10-25T01:30:00.000Z', null],
  ];
  for (const [at, expected, moved] of times)
    it(`${at} is ${expected}`, () => {
      const timing = once(at);
      expect([new Date(timing.at).toISOString(), timing.moved]).toEqual([expected, moved]);
    });

  it('on a day that was lost is right after it', () => {
    const timing = once('2011-12-30T10:00', 'Pacific/Apia');
    expect([new Date(timing.at).toISOString(), timing.moved]).toEqual([
      '2011-12-30T10:00:00.000Z',
      '10:00 does not exist on 2011-12-30: runs at 00:00 on 2011-12-31',
    ]);
  });

  it('may have passed, which is told apart', () => {
    const timing = once('2026-06-01T09:00:00Z');
    const at = Date.parse('2026-06-01T09:00:00Z');
    expect(pastIssue(timing, at - 1)).toBeNull();
    expect(pastIssue(timing, at)).toEqual({
      path: 'recurrence.at',
      message: 'must be in the future; 2026-06-01T09:00:00.000Z has passed',
    });
  });
});

describe('what is refused', () => {
  it('names the field', () => {
    expect(issues({ type: 'cron', cron_expression: '0 25 * * *' }, 'UTC')).toEqual([
      { path: 'recurrence.cron_expression', message: expect.stringMatching(/^hour: "25"/) },
    ]);
    expect(issues({ type: 'daily', time: '09:00' }, 'Mars/Olympus')).toEqual([
      { path: 'timezone', message: expect.stringMatching(/IANA time zone/) },
    ]);
    expect(issues({ type: 'once', at: 'soon' }, 'UTC')).toEqual([
      { path: 'recurrence.at', message: expect.stringMatching(/^must be a time with an offset/) },
    ]);
  });

  it('is told all at once', () => {
    expect(issues({ type: 'cron', cron_expression: '@never' }, '+05:30').map(({ path }) => path)).toEqual([
      'recurrence.cron_expression',
      'timezone',
    ]);
  });
});

it('what repeats has never passed', () => {
  const timed = timingOf({ type: 'daily', time: '09:00' }, 'UTC');
  expect(timed.ok && pastIssue(timed.timing, Date.UTC(2100, 0, 1))).toBeNull();
});
