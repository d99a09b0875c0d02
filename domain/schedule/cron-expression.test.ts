import { expect, it } from 'vitest';
import type { Recurrence } from '#protocol/recurrence.ts';
import { cronExpressionOf } from './cron-expression.ts';

const expressions: [string, Recurrence, string | null][] = [
  ['a day', { type: 'daily', time: '02:05' }, '5 2 * * *'],
  ['days of the week', { type: 'weekly', days: [1, 3], time: '23:00' }, '0 23 * * 1,3'],
  ['a day of the month', { type: 'monthly', day_of_month: 31, time: '00:00' }, '0 0 31 * *'],
  ['an expression, tidied', { type: 'cron', cron_expression: ' 0\t 22-6  * * Mon ' }, '0 22-6 * * Mon'],
  ['a macro, as it is', { type: 'cron', cron_expression: ' @daily ' }, '@daily'],
  ['the last day, for which there is none', { type: 'monthly', day_of_month: 'last', time: '00:00' }, null],
  ['one time, for which there is none', { type: 'once', at: '2026-03-01T09:00' }, null],
];
for (const [name, recurrence, expected] of expressions)
  it(`the expression of ${name}`, () => {
    expect(cronExpressionOf(recurrence)).toBe(expected);
  });
