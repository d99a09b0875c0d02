import { describe, expect, it } from 'vitest';
import { issuesByField } from '../deploy/check-form.ts';
import { checkSchedule, hasScheduleControl, runsQuestion, type ScheduleRules } from './check-schedule.ts';
import type { ScheduleForm } from './schedule-form.ts';
import { scheduleForm, ZONE } from './test-schedule.ts';

const NEW: ScheduleRules = { kept: null, preview: [] };

const issues = (change: (form: ScheduleForm) => void, rules = NEW): Record<string, string> => {
  const checked = checkSchedule(scheduleForm(change), rules);
  return checked.type === 'ok' ? {} : Object.fromEntries(checked.issues);
};

describe('errors at the field', () => {
  const table: [string, (form: ScheduleForm) => void, Record<string, string>][] = [
    ['nothing', () => {}, {}],
    [
      'a time that is not chosen',
      ({ recurrence }) => {
        recurrence.time = '';
      },
      { 'recurrence.time': 'choose a time' },
    ],
    [
      'a day that is not chosen',
      ({ recurrence }) => void Object.assign(recurrence, { type: 'once', once: { date: '', time: '10:00' } }),
      { 'recurrence.at': 'choose a date and a time' },
    ],
    [
      'no day of the week',
      ({ recurrence }) => void Object.assign(recurrence, { type: 'weekly', days: [] }),
      { 'recurrence.days': 'choose at least one day' },
    ],
    [
      'no expression',
      ({ recurrence }) => void Object.assign(recurrence, { type: 'cron', cron: ' ' }),
      { 'recurrence.cron_expression': 'choose a preset or write an expression' },
    ],
    [
      'no zone',
      (form) => {
        form.timezone = '';
      },
      { timezone: 'choose a time zone' },
    ],
    [
      'a time without its day',
      (form) => {
        form.start.time = '10:00';
      },
      { start_date: 'choose a date too' },
    ],
    [
      'numbers that are none or too small',
      (form) => void Object.assign(form, { maxExecutions: 'many', retries: '-' }),
      { max_executions: 'must be a whole number', retries: 'must be a whole number' },
    ],
    [
      'too few runs',
      (form) => {
        form.maxExecutions = '0';
      },
      { max_executions: 'must be at least 1' },
    ],
    [
      'what is wrong with the deployment too',
      (form) => {
        form.command.command = '';
      },
      { 'action.command': 'must not be empty' },
    ],
  ];
  for (const [name, change, expected] of table) it(`names ${name}`, () => expect(issues(change)).toEqual(expected));

  it('shows what the preview refuses, after what the form knows', () => {
    const preview = [{ path: 'recurrence.cron_expression', message: 'hour must be 0 to 23' }];
    const cron = (text: string) => (form: ScheduleForm) =>
      void Object.assign(form.recurrence, { type: 'cron', cron: text });
    expect(issues(cron('0 24 * * *'), { kept: null, preview })).toEqual({
      'recurrence.cron_expression': 'hour must be 0 to 23',
    });
    expect(issues(cron(''), { kept: null, preview })['recurrence.cron_expression']).toMatch(/^choose a preset/);
  });

  it('brings a refused day of the week to the days', () =>
    expect([...issuesByField([{ path: 'recurrence.days.2', message: 'bad' }], [])]).toEqual([
      ['recurrence.days', 'bad'],
    ]));

  it('has a control for all of the timing and of the deployment', () => {
    for (const path of ['recurrence.at', 'end_date', 'misfire', 'device_ids', 'action.command', 'strategy.batch_size'])
      expect(hasScheduleControl(path)).toBe(true);
    expect(hasScheduleControl('status')).toBe(false);
  });
});

describe('secrets', () => {
  const withSecret = (name: string, value: string) => (form: ScheduleForm) => {
    form.command.env = [{ key: 1, name, value, secret: true }];
  };
  const edited: ScheduleRules = { kept: new Set(['TOKEN']), preview: [] };

  it('are asked for in a new schedule', () => expect(issues(withSecret('TOKEN', ''))).toHaveProperty(['action.env.0']));
  it('that the server has need not be typed anew, and are sent without a value', () => {
    const checked = checkSchedule(scheduleForm(withSecret('TOKEN', '')), edited);
    expect(checked).toMatchObject({ type: 'ok', body: { action: { env: { TOKEN: { secret: true } } } } });
  });
  it('are checked when they are typed anew, and asked for under another name', () => {
    expect(issues(withSecret('TOKEN', 'x'), edited)).toEqual({ 'action.env.0': 'must be at least 4 characters' });
    expect(issues(withSecret('OTHER', ''), edited)).toHaveProperty(['action.env.0']);
  });
});

describe('what to ask about the runs to come', () => {
  const question = (change: (form: ScheduleForm) => void) => runsQuestion(scheduleForm(change));

  it('is the timing as it is filled in', () =>
    expect(
      question((form) => {
        form.end = { date: '2027-01-01', time: '' };
      }),
    ).toEqual({
      recurrence: { type: 'daily', time: '09:00' },
      timezone: ZONE,
      start_date: null,
      end_date: '2027-01-01',
    }));
  it('is an expression whether it is right or not', () =>
    expect(
      question(({ recurrence }) => void Object.assign(recurrence, { type: 'cron', cron: '0 25 * *' })),
    ).not.toBeNull());
  it('is nothing while something is missing', () => {
    expect(
      question(({ recurrence }) => {
        recurrence.type = 'once';
      }),
    ).toBeNull();
    expect(
      question((form) => {
        form.timezone = 'Mars/Base';
      }),
    ).toBeNull();
  });
  it('leaves out a limit that is not right yet', () =>
    expect(
      question((form) => {
        form.start.time = '10:00';
      })?.start_date,
    ).toBeNull());
});
