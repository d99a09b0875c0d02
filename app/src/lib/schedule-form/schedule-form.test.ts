import { describe, expect, it } from 'vitest';
import { Recurrence } from '#protocol/recurrence.ts';
import { EditedSchedule } from '#protocol/schedule.ts';
import { emptyForm } from '../deploy/form.ts';
import { id } from '../deploy/test-ids.ts';
import { changesOf } from './schedule-changes.ts';
import { createInput, formOfSchedule, type ScheduleForm, scheduleFormFrom, scheduleInput } from './schedule-form.ts';
import { answerTo, scheduleForm, ZONE } from './test-schedule.ts';

const recurrences: [string, (form: ScheduleForm) => void, Recurrence][] = [
  [
    'once',
    ({ recurrence }) => {
      recurrence.type = 'once';
      recurrence.once = { date: '2027-03-01', time: '09:30' };
    },
    { type: 'once', at: '2027-03-01T09:30' },
  ],
  [
    'daily',
    ({ recurrence }) => {
      recurrence.time = '23:05';
    },
    { type: 'daily', time: '23:05' },
  ],
  [
    'weekly',
    ({ recurrence }) => {
      recurrence.type = 'weekly';
      recurrence.days = [5, 0, 1];
    },
    { type: 'weekly', days: [0, 1, 5], time: '09:00' },
  ],
  [
    'monthly on a day',
    ({ recurrence }) => {
      recurrence.type = 'monthly';
      recurrence.dayOfMonth = '31';
    },
    { type: 'monthly', day_of_month: 31, time: '09:00' },
  ],
  [
    'monthly on the last day',
    ({ recurrence }) => {
      recurrence.type = 'monthly';
      recurrence.dayOfMonth = 'last';
    },
    { type: 'monthly', day_of_month: 'last', time: '09:00' },
  ],
  [
    'cron',
    ({ recurrence }) => {
      recurrence.type = 'cron';
      recurrence.cron = ' 0 22-6 * * * ';
    },
    { type: 'cron', cron_expression: '0 22-6 * * *' },
  ],
];

describe('form to request and back', () => {
  for (const [name, change, recurrence] of recurrences)
    it(`is the same for ${name}`, () => {
      const first = scheduleInput(scheduleForm(change));
      expect(Recurrence.parse(first.recurrence)).toEqual(recurrence);
      const again = scheduleInput(formOfSchedule(answerTo(first)));
      expect(EditedSchedule.parse(again)).toEqual({ ...EditedSchedule.parse(first), name: 'nightly' });
    });

  it('keeps limits and behaviour', () => {
    const first = scheduleInput(
      scheduleForm((form) => {
        form.start = { date: '2027-01-01', time: '' };
        form.end = { date: '2027-06-30', time: '18:00' };
        form.maxExecutions = '10';
        form.count = 'successes';
        form.overlap = 'skip';
        form.ifReserved = 'wait';
        form.misfire = 'skip';
      }),
    );
    expect(first).toMatchObject({
      timezone: ZONE,
      start_date: '2027-01-01',
      end_date: '2027-06-30T18:00',
      max_executions: 10,
      count: 'successes',
      overlap: 'skip',
      if_reserved: 'wait',
      misfire: 'skip',
    });
    const answer = answerTo(first, { start_date: '2026-12-31T23:00:00.000Z', end_date: '2027-06-30T16:00:00.000Z' });
    expect(changesOf(first, scheduleInput(formOfSchedule(answer)))).toEqual({ name: 'nightly' });
  });

  it('asks for no limits of what runs once, and forgets none', () => {
    const form = scheduleForm(({ recurrence }) => {
      recurrence.type = 'once';
    });
    form.maxExecutions = '3';
    form.end = { date: '2027-06-30', time: '' };
    expect(scheduleInput(form)).toMatchObject({ start_date: null, end_date: null, max_executions: null });
    form.recurrence.type = 'daily';
    expect(scheduleInput(form)).toMatchObject({ end_date: '2027-06-30', max_executions: 3 });
  });

  it('asks for one schedule a device only where the sides need not go together', () => {
    const form = scheduleForm((f) => {
      f.perDevice = true;
    });
    expect(createInput(form).per_device).toBe(true);
    form.strategy.type = 'blue_green';
    expect(createInput(form).per_device).toBe(false);
    expect(scheduleInput(form)).not.toHaveProperty('per_device');
  });
});

it('a schedule of what a deployment would do does just that', () => {
  const deployment = { ...emptyForm(), name: 'n', deviceIds: [id('dev', 7)] };
  expect(scheduleInput(scheduleFormFrom(deployment, ZONE))).toMatchObject({ name: 'n', device_ids: [id('dev', 7)] });
});

describe('what an edit changes', () => {
  const before = scheduleInput(scheduleForm(() => {}));
  const changed = (change: (form: ScheduleForm) => void): string[] =>
    Object.keys(changesOf(before, scheduleInput(scheduleForm(change)))).sort();

  it('is nothing where nothing is', () => expect(changed(() => {})).toEqual([]));
  it('is what differs, and no more', () =>
    expect(
      changed((form) => {
        form.retries = '2';
        form.command.command = 'date';
      }),
    ).toEqual(['action', 'retries']));
  it('is all of the timing with any of it: wall times mean something in their zone alone', () =>
    expect(
      changed((form) => {
        form.timezone = 'Asia/Tokyo';
      }),
    ).toEqual(['end_date', 'recurrence', 'start_date', 'timezone']));
});
