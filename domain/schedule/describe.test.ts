import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recurrence } from '#protocol/recurrence.ts';
import { describeRecurrence } from './describe.ts';
import { anyJob } from './testing/cron-jobs.ts';

describe('a recurrence in words', () => {
  const recurrences: [Recurrence, string][] = [
    [{ type: 'daily', time: '02:30' }, 'At 02:30, every day'],
    [{ type: 'weekly', days: [1], time: '00:00' }, 'At 00:00, only on Monday'],
    [{ type: 'weekly', days: [0, 6], time: '00:00' }, 'At 00:00, only on Sunday and Saturday'],
    [{ type: 'weekly', days: [0, 1, 2, 3, 4, 5, 6], time: '00:00' }, 'At 00:00, every day'],
    [{ type: 'monthly', day_of_month: 1, time: '12:00' }, 'At 12:00, on day 1 of the month'],
    [{ type: 'monthly', day_of_month: 'last', time: '12:00' }, 'At 12:00, on the last day of the month'],
    [{ type: 'once', at: '2026-06-01 09:00' }, 'Once, on 2026-06-01 at 09:00'],
    [{ type: 'once', at: '2026-06-01T09:00:30Z' }, 'Once, on 2026-06-01 at 11:00:30'],
    // When it will run, which is not when it was asked for.
    [{ type: 'once', at: '2026-03-29T02:30' }, 'Once, on 2026-03-29 at 03:00'],
  ];
  for (const [recurrence, words] of recurrences)
    it(words, () => {
      expect(describeRecurrence(recurrence, 'Europe/Berlin')).toBe(`${words} (Europe/Berlin)`);
    });
});

describe('an expression in words', () => {
  const expressions: [string, string][] = [
    ['* * * * *', 'Every minute'],
    ['*/5 * * * *', 'Every 5 minutes'],
    ['*/45 * * * *', 'At 0 and 45 minutes past the hour'],
    ['@hourly', 'Every hour'],
    ['@daily', 'At 00:00, every day'],
    ['0 */2 * * *', 'On the hour, every 2 hours'],
    ['0 */5 * * *', 'At 00:00, 05:00, 10:00, 15:00 and 20:00'],
    ['0 9 * * 1-5', 'At 09:00, Monday through Friday'],
    ['0 9-17 * * MON-FRI', 'Every hour, between 09:00 and 17:00, Monday through Friday'],
    ['*/15 9-17 * * 1-5', 'Every 15 minutes, between 09:00 and 17:59, Monday through Friday'],
    ['0 8,14,20 * * *', 'At 08:00, 14:00 and 20:00, every day'],
    ['5,5,5 1 * * *', 'At 01:05, every day'],
    ['*,5 * * * *', 'Every minute'],
    // Ranges that wrap.
    ['0 22-6 * * *', 'Every hour, between 22:00 and 06:00, every day'],
    ['0 22-6/2 * * *', 'On the hour, every 2 hours, between 22:00 and 06:00, every day'],
    ['50-10 * * * *', 'Minutes 50 through 10 past the hour'],
    ['0 0 * * FRI-MON', 'At 00:00, Friday through Monday'],
    ['0 0 * * 5-1', 'At 00:00, Friday through Monday'],
    ['0 0 1 NOV-FEB *', 'At 00:00, on day 1 of the month, November through February'],
    ['0 0 25-5 * *', 'At 00:00, between day 25 and 5 of the month'],
    // Sunday.
    ['0 0 * * 7', 'At 00:00, only on Sunday'],
    ['0 0 * * 5-7', 'At 00:00, Friday through Sunday'],
    ['0 0 * * 5,7', 'At 00:00, only on Friday and Sunday'],
    ['0 0 * * 7-2', 'At 00:00, Sunday through Tuesday'],
    ['0 0 * * */7', 'At 00:00, only on Sunday'],
    ['0 0 * * */2', 'At 00:00, only on Sunday, Tuesday, Thursday, and Saturday'],
    // Either day field, or both.
    ['0 0 13 * 5', 'At 00:00, on day 13 of the month or on Friday'],
    ['0 0 13 * 1-2', 'At 00:00, on day 13 of the month or on Monday and Tuesday'],
    ['0 0 */2 * 5', 'At 00:00, every 2 days in a month, only on Friday'],
    ['0 0 1-31 * 5', 'At 00:00, every day'],
    ['0 0 */10 * *', 'At 00:00, on day 1, 11, 21, and 31 of the month'],
    ['0 0 29 2 *', 'At 00:00, on day 29 of the month, only in February'],
    // An expression that is none says itself.
    ['0 0 31 2 *', '0 0 31 2 *'],
  ];
  for (const [expression, words] of expressions)
    it(`${expression}: ${words}`, () => {
      expect(describeRecurrence({ type: 'cron', cron_expression: expression }, 'UTC')).toBe(`${words} (UTC)`);
    });

  it('is found for any, without what only a program would say', () => {
    fc.assert(
      fc.property(anyJob, ({ expression }) => {
        const words = describeRecurrence({ type: 'cron', cron_expression: expression }, 'UTC');
        expect(words).not.toMatch(/undefined|null|NaN|rror/);
      }),
      { seed: 20_261_128, numRuns: 2000 },
    );
  });
});
