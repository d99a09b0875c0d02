/** Schedules and their history: the record. What fires next, and what runs now, the ScheduleObject knows better. */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { DeploymentId, DeviceId, ExecutionId, ScheduleId, TargetId, TeamId, UserId } from '#protocol/ids.ts';

export const schedules = sqliteTable(
  'schedules',
  {
    id: text().$type<ScheduleId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    name: text().notNull(),
    kind: text({ enum: ['command', 'script', 'software', 'files'] }).notNull(),
    /** What is to be done, in a few words. */
    what: text().notNull(),
    /** The spec, in JSON, secrets sealed. */
    spec: text().notNull(),
    /** A `Recurrence` in JSON. */
    recurrence: text().notNull(),
    timezone: text().notNull(),
    start_date: text(),
    end_date: text(),
    max_executions: integer(),
    count: text({ enum: ['runs', 'successes'] }).notNull(),
    overlap: text({ enum: ['queue_one', 'skip'] }).notNull(),
    if_reserved: text({ enum: ['skip', 'wait'] }).notNull(),
    misfire: text({ enum: ['run_once', 'skip'] }).notNull(),
    cron_expression: text(),
    description: text().notNull(),
    created_by: text(),
    created_by_id: text().$type<UserId>(),
    created_at: text().notNull(),
    updated_at: text().notNull(),
    /** Grows with each edit. The object has the one that `defined_version` names: when it lags, the object must be told again. */
    version: integer().notNull().default(1),
    defined_version: integer().notNull().default(0),
    status: text({ enum: ['active', 'paused', 'stopped', 'completed', 'expired', 'failed'] }).notNull(),
    status_reason: text(),
    next_run_at: text(),
    last_run_at: text(),
    execution_count: integer().notNull().default(0),
    is_running: integer({ mode: 'boolean' }).notNull().default(false),
    /** Version of the object's state that this row shows; an older one never overwrites a newer. */
    state_version: integer().notNull().default(0),
  },
  (table) => [
    index('schedules_by_team').on(table.team_id, table.id),
    index('schedules_by_status').on(table.team_id, table.status, table.id),
    index('schedules_due').on(table.next_run_at).where(sql`status = 'active'`),
    index('schedules_undefined').on(table.id).where(sql`defined_version < version`),
  ],
);

/** What a schedule names: found from the other side when that is deleted, or asked which schedules it has. */
export const scheduleUses = sqliteTable(
  'schedule_uses',
  {
    schedule_id: text().$type<ScheduleId>().notNull(),
    team_id: text().$type<TeamId>().notNull(),
    kind: text({ enum: ['device', 'group', 'file', 'script', 'software'] }).notNull(),
    used_id: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.schedule_id, table.kind, table.used_id] }),
    index('schedule_uses_by_used').on(table.used_id, table.kind),
  ],
);

/** The ledger: what became of each scheduled instant. */
export const scheduleRuns = sqliteTable(
  'schedule_runs',
  {
    schedule_id: text().$type<ScheduleId>().notNull(),
    team_id: text().$type<TeamId>().notNull(),
    scheduled_at: text().notNull(),
    kind: text({ enum: ['scheduled', 'catch_up', 'manual'] }).notNull(),
    outcome: text({
      enum: ['due', 'running', 'completed', 'partial', 'failed', 'canceled', 'skipped', 'missed'],
    }).notNull(),
    reason: text(),
    deployment_id: text().$type<DeploymentId>(),
    fired_at: text(),
    ended_at: text(),
    /** The last instant that this row stands for, if it stands for several. */
    until: text(),
    version: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.schedule_id, table.scheduled_at] }),
    index('schedule_runs_by_time').on(table.team_id, table.scheduled_at),
    index('schedule_runs_open').on(table.scheduled_at).where(sql`outcome IN ('due', 'running')`),
  ],
);

export const executions = sqliteTable(
  'executions',
  {
    id: text().$type<ExecutionId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    schedule_id: text().$type<ScheduleId>().notNull(),
    kind: text({ enum: ['scheduled', 'catch_up', 'manual'] }).notNull(),
    device_id: text().$type<DeviceId>(),
    device_name: text(),
    deployment_id: text().$type<DeploymentId>(),
    target_id: text().$type<TargetId>(),
    scheduled_at: text().notNull(),
    started_at: text(),
    completed_at: text(),
    status: text({ enum: ['queued', 'running', 'completed', 'failed', 'skipped'] }).notNull(),
    success: integer({ mode: 'boolean' }),
    skip_reason: text(),
    error_message: text(),
    version: integer().notNull(),
  },
  (table) => [
    // An execution is one firing of one schedule on one device.
    uniqueIndex('executions_once').on(table.schedule_id, table.scheduled_at, table.device_id),
    index('executions_by_schedule').on(table.schedule_id, table.id),
    index('executions_by_team').on(table.team_id, table.id),
    index('executions_by_time').on(table.team_id, table.scheduled_at),
    index('executions_by_deployment').on(table.deployment_id, table.device_id),
  ],
);

/** How much history a team keeps. A team without a row has the default. */
export const teamHistoryRules = sqliteTable('team_history_rules', {
  team_id: text().$type<TeamId>().primaryKey(),
  keep_days: integer().notNull(),
  keep_executions: integer().notNull(),
});
