/** An execution for tests: it took five seconds. */
import { ListedExecution } from '#protocol/http/schedules.ts';
import { sampleId } from './sample-schedule.ts';

export const sampleExecution = (number: number, change: Partial<ListedExecution> = {}): ListedExecution => ({
  ...ListedExecution.parse({
    id: `exe_${String(number).padStart(26, '0')}`,
    schedule_id: sampleId(1),
    schedule_name: 'nightly 1',
    kind: 'scheduled',
    device_id: null,
    device_name: 'web-1',
    deployment_id: null,
    target_id: null,
    scheduled_at: '2026-11-29T02:00:00.000Z',
    started_at: '2026-11-29T02:00:00.000Z',
    completed_at: '2026-11-29T02:00:05.000Z',
    status: 'completed',
    success: true,
    skip_reason: null,
    error_message: null,
    duration_seconds: 5,
    has_report: false,
  }),
  ...change,
});
