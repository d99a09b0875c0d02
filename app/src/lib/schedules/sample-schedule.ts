/** A schedule for tests. */
import { ScheduleSummary } from '#protocol/http/schedules.ts';

export const sampleId = (number: number): string => `sch_${String(number).padStart(26, '0')}`;

export const sampleSchedule = (number: number, change: Partial<ScheduleSummary> = {}): ScheduleSummary => ({
  ...ScheduleSummary.parse({
    id: sampleId(number),
    name: `nightly ${number}`,
    kind: 'command',
    what: 'uptime',
    recurrence: { type: 'daily', time: '02:00' },
    timezone: 'UTC',
    device_ids: [],
    group_ids: [],
    start_date: null,
    end_date: null,
    cron_expression: '0 2 * * *',
    description: 'At 02:00',
    status: 'active',
    status_reason: null,
    next_run_at: '2026-11-29T02:00:00.000Z',
    last_run_at: null,
    execution_count: 0,
    is_running: false,
    target_names: [],
    created_by: 'admin',
    created_at: '2026-11-01T00:00:00.000Z',
    updated_at: '2026-11-01T00:00:00.000Z',
  }),
  ...change,
});
