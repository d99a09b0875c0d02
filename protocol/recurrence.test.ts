import { describe, expect, it } from 'vitest';
import { fieldIssues } from './issues.ts';
import { Moment, Recurrence, readMoment, SCHEDULE_PRESETS, TimeOfDay, Timezone } from './recurrence.ts';

const refusals = (value: unknown) => {
  const parsed = Recurrence.safeParse(value);
  return parsed.success ? [] : fieldIssues(parsed.error);
};

describe('a time of day', () => {
  it('is HH:MM from 00:00 to 23:59', () => {
    for (const time of ['00:00', '09:05', '19:30', '23:59']) expect(TimeOfDay.safeParse(time).success).toBe(true);
    for (const time of ['24:00', '9:00', '09:60', '09:00:00', '0900', ' 09:00', '', 900, null])
      expect(TimeOfDay.safeParse(time).error?.issues[0]?.message).toBe(
        'must be a time of day as HH:MM, from 00:00 to 23:59',
      );
  });
});

describe('a time zone', () => {
  it('is a name that the runtime knows', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata', 'Etc/GMT+5'])
      expect(Timezone.parse(zone)).toBe(zone);
  });

  it('is no offset, and nothing that does not exist', () => {
    for (const zone of [
      '+05:30',
      '-03',
      '05:30',
      'Mars/Olympus',
      'Europe/Berlin ',
      '',
      'GMT+5',
      'A'.repeat(65),
      5,
      null,
    ])
      expect(Timezone.safeParse(zone).error?.issues.map(({ message }) => message)).toEqual([
        expect.stringMatching(/IANA time zone such as Europe\/Berlin or UTC/),
      ]);
  });
});

describe('a moment', () => {
  const T = (text: string) => Date.parse(text);
  const read: [string, ReturnType<typeof readMoment>][] = [
    ['2026-03-01T09:00:00Z', { type: 'instant', at: T('2026-03-01T09:00:00Z') }],
    ['2026-03-01T09:00Z', { type: 'instant', at: T('2026-03-01T09:00:00Z') }],
    ['2026-03-01T09:00:07.257Z', { type: 'instant', at: T('2026-03-01T09:00:07.257Z') }],
    ['2026-03-01T09:00:07.5Z', { type: 'instant', at: T('2026-03-01T09:00:07.500Z') }],
    ['2026-03-01T09:00:07.123456789Z', { type: 'instant', at: T('2026-03-01T09:00:07.123Z') }],
    ['2026-03-01T09:00+05:30', { type: 'instant', at: T('2026-03-01T03:30:00Z') }],
    ['2026-03-01T00:15:00-09:30', { type: 'instant', at: T('2026-03-01T09:45:00Z') }],
    ['2026-03-01 09:00Z', { type: 'instant', at: T('2026-03-01T09:00:00Z') }],
    ['2026-03-01T09:00', { type: 'wall_time', wall: T('2026-03-01T09:00:00Z') }],
    ['2026-03-01 09:00:07', { type: 'wall_time', wall: T('2026-03-01T09:00:07Z') }],
    ['2028-02-29', { type: 'date', wall: T('2028-02-29T00:00:00Z') }],
  ];
  for (const [text, expected] of read)
    it(`${text} is read`, () => {
      expect(readMoment(text)).toEqual(expected);
    });

  const notOne = [
    '2026-02-29',
    '2026-02-30T00:00',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '2026-03-01T24:00',
    '2026-03-01T09:60',
    '2026-03-01T09:00:60',
    '2026-03-01T9:00',
    '2026-03-01T09',
    '2026-03-01T09:00:07.5',
    '2026-03-01T09:00.5Z',
    '2026-03-01T09:00+24:00',
    '2026-03-01T09:00+0530',
    '2026-03-01Z',
    '2026-03-01  09:00',
    '2026-03-01\n09:00',
    '12026-03-01',
    'tomorrow',
    '',
  ];
  for (const text of notOne)
    it(`${JSON.stringify(text)} is none`, () => {
      expect(readMoment(text)).toBeNull();
    });

  it('is trimmed, and a refusal says all that it may be', () => {
    expect(Moment.parse(' 2026-03-01 ')).toBe('2026-03-01');
    expect(Moment.safeParse('soon').error?.issues[0]?.message).toBe(
      'must be a time with an offset such as 2026-03-01T09:00:00Z, or a time in the time zone of the schedule such as 2026-03-01T09:00, or a date such as 2026-03-01',
    );
  });
});

describe('a recurrence', () => {
  it('is one of five types', () => {
    const all: Recurrence[] = [
      { type: 'once', at: '2026-03-01T09:00:00Z' },
      { type: 'once', at: '2026-03-01 09:00' },
      { type: 'daily', time: '09:00' },
      { type: 'weekly', days: [0, 6], time: '09:00' },
      { type: 'monthly', day_of_month: 31, time: '09:00' },
      { type: 'monthly', day_of_month: 'last', time: '09:00' },
      { type: 'cron', cron_expression: '@daily' },
    ];
    for (const recurrence of all) expect(Recurrence.parse(recurrence)).toEqual(recurrence);
  });

  it('takes days of the week in any order and more than once, and 7 for Sunday', () => {
    expect(Recurrence.parse({ type: 'weekly', days: [5, 7, 1, 5, 0], time: '09:00' })).toEqual({
      type: 'weekly',
      days: [0, 1, 5],
      time: '09:00',
    });
  });

  const refused: [string, unknown, string, RegExp][] = [
    ['another type', { type: 'hourly' }, 'type', /once, daily, weekly, monthly or cron/],
    ['no type', {}, 'type', /once, daily, weekly, monthly or cron/],
    ['nothing', null, '', /once, daily, weekly, monthly or cron/],
    ['a date alone', { type: 'once', at: '2026-03-01' }, 'at', /^must be a time with an offset such as/],
    ['no time', { type: 'daily' }, 'time', /HH:MM/],
    ['no days', { type: 'weekly', time: '09:00' }, 'days', /at least one day of the week, as numbers from 0/],
    ['an empty list of days', { type: 'weekly', days: [], time: '09:00' }, 'days', /at least one day/],
    ['day 8', { type: 'weekly', days: [8], time: '09:00' }, 'days.0', /from 0 \(Sunday\) to 6 \(Saturday\)/],
    ['half a day', { type: 'weekly', days: [1.5], time: '09:00' }, 'days.0', /from 0 \(Sunday\) to 6/],
    ['a day by name', { type: 'weekly', days: ['MON'], time: '09:00' }, 'days.0', /from 0 \(Sunday\) to 6/],
    [
      'day 0 of a month',
      { type: 'monthly', day_of_month: 0, time: '09:00' },
      'day_of_month',
      /from 1 to 31, or "last"/,
    ],
    ['day 32', { type: 'monthly', day_of_month: 32, time: '09:00' }, 'day_of_month', /from 1 to 31, or "last"/],
    ['half a day of a month', { type: 'monthly', day_of_month: 1.5, time: '09:00' }, 'day_of_month', /or "last"/],
    ['another word', { type: 'monthly', day_of_month: 'first', time: '09:00' }, 'day_of_month', /or "last"/],
    ['an empty expression', { type: 'cron', cron_expression: '' }, 'cron_expression', /1 to 200 characters/],
    ['a long one', { type: 'cron', cron_expression: '*'.repeat(201) }, 'cron_expression', /1 to 200 characters/],
    ['no expression', { type: 'cron' }, 'cron_expression', /1 to 200 characters/],
    ['a field of another type', { type: 'daily', time: '09:00', days: [1] }, 'days', /not a known field/],
  ];
  for (const [name, value, path, message] of refused)
    it(`is refused with ${name}, by name of the field and with what it takes`, () => {
      expect(refusals(value)).toEqual([{ path, message: expect.stringMatching(message) }]);
    });
});

it('presets are told apart by id, label and expression', () => {
  for (const key of ['id', 'label', 'cron_expression'] as const)
    expect(new Set(SCHEDULE_PRESETS.map((preset) => preset[key])).size).toBe(SCHEDULE_PRESETS.length);
});
