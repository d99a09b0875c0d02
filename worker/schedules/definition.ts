/** What a schedule's object is told of it. */
import { recurrenceOf, type ScheduleRow, specOf } from '#database/schedules.repository.ts';
import type { ScheduleDefinition } from '#durable-objects/schedule/schedule-rpc.ts';

const millis = (instant: string | null): number | null => (instant === null ? null : Date.parse(instant));

export const definitionOf = (row: ScheduleRow): ScheduleDefinition => ({
  team_id: row.team_id,
  schedule_id: row.id,
  version: row.version,
  name: row.name,
  spec: specOf(row),
  recurrence: recurrenceOf(row),
  timezone: row.timezone,
  start_at: millis(row.start_date),
  end_at: millis(row.end_date),
  max_executions: row.max_executions,
  count: row.count,
  overlap: row.overlap,
  if_reserved: row.if_reserved,
  misfire: row.misfire,
  cron_expression: row.cron_expression,
  created_by:
    row.created_by === null || row.created_by_id === null ? null : { id: row.created_by_id, username: row.created_by },
});
