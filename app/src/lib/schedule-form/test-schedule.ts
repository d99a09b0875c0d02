/** Schedules for tests: a form that is right as it is, and what the server answers for a request. */
import { Schedule } from '#protocol/http/schedules.ts';
import { EditedSchedule } from '#protocol/schedule.ts';
import { form } from '../deploy/test-form.ts';
import { id } from '../deploy/test-ids.ts';
import { type ScheduleForm, scheduleFormFrom } from './schedule-form.ts';

export const ZONE = 'Europe/Berlin';

export const scheduleForm = (change: (form: ScheduleForm) => void): ScheduleForm => {
  const made = scheduleFormFrom(
    form(() => {}),
    ZONE,
  );
  change(made);
  return made;
};

/** Dates are instants in answers: a test that has some says which. */
export const answerTo = (
  body: Record<string, unknown>,
  dates: { start_date?: string; end_date?: string } = {},
): Schedule =>
  Schedule.parse({
    ...EditedSchedule.parse(body),
    start_date: dates.start_date ?? null,
    end_date: dates.end_date ?? null,
    id: id('sch'),
    name: 'nightly',
    kind: 'command',
    what: 'uptime',
    cron_expression: null,
    description: '',
    status: 'active',
    status_reason: null,
    next_run_at: null,
    last_run_at: null,
    execution_count: 0,
    is_running: false,
    target_names: [],
    created_by: null,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
  });
