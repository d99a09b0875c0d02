import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCHEDULE_PRESETS } from '#protocol/recurrence.ts';
import { type Cron, parseCron, tidyCron } from './cron.ts';
import { nextRun } from './next-run.ts';
import { anyJob } from './testing/cron-jobs.ts';

const parsed = (text: string): Cron => {
  const result = parseCron(text);
  if (!result.ok) throw new Error(result.message);
  return result.cron;
};

const refusal = (text: string): string => {
  const result = parseCron(text);
  return result.ok ? 'accepted' : result.message;
};

const ascending = (values: ReadonlySet<number> | 'last'): number[] => [...values].map(Number).sort((a, b) => a - b);

describe('a field is read as cronie reads it', () => {
  const minutes: [string, number[]][] = [
    ['5', [5]],
    ['05', [5]],
    ['5,5,5', [5]],
    ['1,3,2', [1, 2, 3]],
    ['10-13', [10, 11, 12, 13]],
    ['10-20/5', [10, 15, 20]],
    ['10-20/7', [10, 17]],
    ['7-7', [7]],
    ['7-7/3', [7]],
    ['*/20', [0, 20, 40]],
    ['*/59', [0, 59]],
    ['1-3,2-4,30', [1, 2, 3, 4, 30]],
    ['58-1', [0, 1, 58, 59]],
    ['50-10/5', [0, 5, 10, 50, 55]],
    ['55-9/7', [2, 9, 55]],
    ['30-29/30', [0, 30]],
  ];
  for (const [text, values] of minutes)
    it(`minute ${text}`, () => {
      expect(parsed(`${text} * * * *`).minutes).toEqual(values);
    });

  it('hours wrap around midnight', () => {
    expect(parsed('0 22-6 * * *').hours).toEqual([0, 1, 2, 3, 4, 5, 6, 22, 23]);
    expect(parsed('0 22-6/2 * * *').hours).toEqual([0, 2, 4, 6, 22]);
    expect(parsed('0 23-0 * * *').hours).toEqual([0, 23]);
  });

  it('days of the month and months wrap from 1', () => {
    expect(ascending(parsed('0 0 30-2 * *').daysOfMonth)).toEqual([1, 2, 30, 31]);
    expect(ascending(parsed('0 0 1 NOV-feb *').months)).toEqual([1, 2, 11, 12]);
    expect(ascending(parsed('0 0 1 11-3/2 *').months)).toEqual([1, 3, 11]);
  });

  const weekdays: [string, number[]][] = [
    ['0', [0]],
    ['7', [0]],
    ['sun', [0]],
    ['Mon,WED', [1, 3]],
    ['MON-FRI', [1, 2, 3, 4, 5]],
    ['1-FRI', [1, 2, 3, 4, 5]],
    ['5-7', [0, 5, 6]],
    ['5-7/2', [0, 5]],
    ['FRI-MON', [0, 1, 5, 6]],
    ['FRI-MON/2', [0, 5]],
    ['FRI-MON/3', [1, 5]],
    ['6-1', [0, 1, 6]],
    ['6-0', [0, 6]],
    ['7-2', [0, 1, 2]],
    ['7-7', [0]],
    ['7-0', [0]],
    ['0-7', [0, 1, 2, 3, 4, 5, 6]],
    ['1-7', [0, 1, 2, 3, 4, 5, 6]],
    ['0,7', [0]],
    ['*', [0, 1, 2, 3, 4, 5, 6]],
    ['*/2', [0, 2, 4, 6]],
    ['*/7', [0]],
  ];
  for (const [text, values] of weekdays)
    it(`day-of-week ${text}`, () => {
      expect(ascending(parsed(`0 0 * * ${text}`).daysOfWeek)).toEqual(values);
    });

  it('blanks and tabs around and between fields do not matter', () => {
    expect(parsed('  \t0\t 9  * *\t\t1-5  ')).toEqual(parsed('0 9 * * 1-5'));
    expect(tidyCron('  \t0\t 9  * *\t\t1-5  ')).toBe('0 9 * * 1-5');
  });

  const macros: [string, string][] = [
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '0 0 1 1 *'],
    ['@monthly', '0 0 1 * *'],
    ['@weekly', '0 0 * * 0'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    [' @hourly ', '0 * * * *'],
  ];
  for (const [macro, same] of macros)
    it(`${macro} is ${same}`, () => {
      expect(parsed(macro)).toEqual(parsed(same));
    });

  it('what any expression was made from', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const result = parseCron(job.expression);
        if (!result.ok) {
          expect(result.message).toContain('so it would never run');
          return;
        }
        const { cron } = result;
        expect(cron.minutes).toEqual(ascending(job.minutes));
        expect(cron.hours).toEqual(ascending(job.hours));
        expect(ascending(cron.daysOfMonth)).toEqual(ascending(job.daysOfMonth));
        expect(ascending(cron.months)).toEqual(ascending(job.months));
        expect(ascending(cron.daysOfWeek)).toEqual(ascending(job.daysOfWeek));
        expect([cron.eitherDay, cron.wildcard]).toEqual([job.eitherDay, job.wildcard]);
      }),
      { seed: 20_261_128, numRuns: 2000 },
    );
  });
});

describe('which days and which clock', () => {
  const either: [string, boolean][] = [
    ['0 0 13 * 5', true],
    ['0 0 1-31 * 5', true],
    ['0 0 13 * *', false],
    ['0 0 * * 5', false],
    ['0 0 */2 * 5', false],
    ['0 0 13 * */2', false],
    ['0 0 *,13 * 5', false],
    ['0 0 13,* * 5', true],
  ];
  for (const [text, expected] of either)
    it(`${text}: ${expected ? 'either day field will do' : 'both day fields must hold'}`, () => {
      expect(parsed(text).eitherDay).toBe(expected);
    });

  const wildcards: [string, boolean][] = [
    ['0 2 * * *', false],
    ['0-59 2 * * *', false],
    ['0,30 1-3 * * *', false],
    ['*/30 2 * * *', true],
    ['0 */2 * * *', true],
    ['30 * * * *', true],
    ['*,5 2 * * *', true],
    ['5,* 2 * * *', false],
  ];
  for (const [text, expected] of wildcards)
    it(`${text} ${expected ? 'follows the clock' : 'has fixed times'}`, () => {
      expect(parsed(text).wildcard).toBe(expected);
    });
});

describe('an expression is refused by name of its field, with what that takes', () => {
  const refused: [string, RegExp][] = [
    ['', /five fields.*@hourly; this has 0/],
    ['   ', /five fields.*this has 0/],
    ['* * * *', /five fields \(minute, hour, day-of-month, month, day-of-week\).*this has 4/],
    ['* * * * * *', /this has 6/],
    ['0 0 * * * 2026', /this has 6/],
    ['@reboot', /"@reboot" is not a known macro.*@yearly @annually @monthly @weekly @daily @midnight @hourly/],
    ['@Daily', /not a known macro/],
    ['@every 5m', /not a known macro/],
    ['@', /not a known macro/],
    ['60 * * * *', /^minute: "60" is not known here; takes 0-59, \*, ranges/],
    ['-1 * * * *', /^minute: "-1"/],
    ['1.5 * * * *', /^minute: "1.5"/],
    ['1e1 * * * *', /^minute: "1e1"/],
    ['0x5 * * * *', /^minute: /],
    ['٣ * * * *', /^minute: /],
    ['H * * * *', /^minute: "H"/],
    ['JAN * * * *', /^minute: "JAN"/],
    ['5~10 * * * *', /^minute: /],
    ['5/15 * * * *', /^minute: "5\/15" has a step without a range; write 5-59\/15; takes 0-59/],
    ['*/0 * * * *', /^minute: the step of "\*\/0" must be from 1 to 59; takes/],
    ['*/60 * * * *', /^minute: the step .* must be from 1 to 59/],
    ['10-20/0 * * * *', /^minute: the step/],
    ['*/5/5 * * * *', /^minute: "\*\/5\/5" is not known here/],
    ['*/-5 * * * *', /^minute: /],
    ['*/ * * * *', /^minute: /],
    ['*-5 * * * *', /^minute: /],
    ['5- * * * *', /^minute: /],
    ['1-2-3 * * * *', /^minute: /],
    ['1,,2 * * * *', /^minute: "" is not known here/],
    ['1, * * * *', /^minute: ""/],
    [',1 * * * *', /^minute: ""/],
    ['** * * * *', /^minute: "\*\*"/],
    ['0 24 * * *', /^hour: "24" is not known here; takes 0-23/],
    ['0 */24 * * *', /^hour: the step .* must be from 1 to 23/],
    ['0 5/2 * * *', /^hour: .* write 5-23\/2/],
    ['0 0 0 * *', /^day-of-month: "0" is not known here; takes 1-31/],
    ['0 0 32 * *', /^day-of-month: /],
    ['0 0 ? * *', /^day-of-month: "\?"/],
    ['0 0 L * *', /^day-of-month: "L".*day_of_month "last"/],
    ['0 0 L-3 * *', /^day-of-month: /],
    ['0 0 15W * *', /^day-of-month: "15W"/],
    ['0 0 LW * *', /^day-of-month: /],
    ['0 0 1 0 *', /^month: "0" is not known here; takes 1-12, JAN-DEC/],
    ['0 0 1 13 *', /^month: /],
    ['0 0 1 JANUARY *', /^month: "JANUARY"/],
    ['0 0 1 MON *', /^month: "MON"/],
    ['0 0 1 */13 *', /^month: the step .* must be from 1 to 12/],
    ['0 0 * * 8', /^day-of-week: "8" is not known here; takes 0-7 \(0 and 7 are Sunday\), SUN-SAT/],
    ['0 0 * * JAN', /^day-of-week: /],
    ['0 0 * * MONDAY', /^day-of-week: /],
    ['0 0 * * 5#2', /^day-of-week: "5#2"/],
    ['0 0 * * 5L', /^day-of-week: "5L"/],
    ['0 0 * * ?', /^day-of-week: "\?"/],
    ['0 0 * * */8', /^day-of-week: the step .* must be from 1 to 7/],
    ['0 0 * * \n1', /^day-of-week: /],
    ['0 0 31 2 *', /^day-of-month: "31" comes in no month of "2".*takes a day that one of its months has/],
    ['0 0 30-31 FEB *', /^day-of-month: /],
    ['0 0 31 4,6,9,11 *', /^day-of-month: /],
    ['0 0 31 2 */2', /^day-of-month: /],
  ];
  for (const [text, message] of refused)
    it(JSON.stringify(text), () => {
      expect(refusal(text)).toMatch(message);
    });

  it('but not one that fires rarely, or on the other of its day fields', () => {
    for (const text of ['0 0 29 2 *', '0 0 29 2 */7', '0 0 31 1-2 *', '0 0 31 2 1', '0 0 30 4 *'])
      expect(refusal(text)).toBe('accepted');
  });

  it('whatever it is, in time', () => {
    const character = fc.constantFrom(...'0123456789*/-,LW#?@ \tMONJAfri'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 200 }), (text) => {
        const result = parseCron(text);
        if (!result.ok) expect(result.message).toMatch(/five fields|not a known macro|takes/);
      }),
      { seed: 20_261_128, numRuns: 2000 },
    );
  });
});

it('every preset is an expression', () => {
  for (const { cron_expression } of SCHEDULE_PRESETS) expect(refusal(cron_expression)).toBe('accepted');
  expect(new Set(SCHEDULE_PRESETS.map(({ id }) => id)).size).toBe(SCHEDULE_PRESETS.length);
  expect(SCHEDULE_PRESETS.length).toBe(16);
});

describe('cron-parser, where it reads expressions as cronie does, agrees', () => {
  const runs = (cron: Cron, from: number, count: number): string[] => {
    const timing = { type: 'repeated', timezone: 'UTC', cron } as const;
    const found: string[] = [];
    let at: number | null = from;
    while (found.length < count) {
      at = nextRun(timing, at);
      if (at === null) break;
      found.push(new Date(at).toISOString());
    }
    return found;
  };

  const theirs = (text: string, from: number, count: number): (string | null)[] => {
    const expression = CronExpressionParser.parse(text, { currentDate: new Date(from), tz: 'UTC' });
    return Array.from({ length: count }, () => expression.next().toISOString());
  };

  const from = Date.UTC(2026, 10, 28, 12, 0, 30);
  const table = [
    '*/7 * * * *',
    '5,20-25 3-4 * * *',
    '0 9-17/2 * * MON-FRI',
    '30 2 31 * *',
    '30 2 30 * *',
    '30 2 29 * *',
    '0 0 29 2 *',
    '0 0 29-31 1,2,3 *',
    '15 10 13 * FRI',
    '0 0 1,15 * WED',
    '0 0 1 JAN,JUL *',
    '59 23 31 DEC *',
    '0 0 * FEB 0',
    '0 12 1-7 * *',
  ];
  for (const text of table)
    it(`on ${text}`, () => {
      expect(runs(parsed(text), from, 12)).toEqual(theirs(text, from, 12));
    });

  it('on lists, ranges and steps in all fields, over years and leap years', () => {
    const list = (min: number, max: number) =>
      fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((values) => values.join(','));
    const range = (min: number, max: number) =>
      fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.integer({ min: 1, max: 5 }))
        .map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}/${step}`);
    const of = (min: number, max: number) => fc.oneof(fc.constant('*'), list(min, max), range(min, max));
    const expression = fc.tuple(of(0, 59), of(0, 23), of(1, 31), of(1, 12), of(0, 6)).map((fields) => fields.join(' '));
    const start = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(expression, start, (text, at) => {
        const result = parseCron(text);
        if (result.ok) expect(runs(result.cron, at, 3)).toEqual(theirs(text, at, 3));
      }),
      { seed: 20_261_128, numRuns: 400 },
    );
  });
});
