/** Deployments and their targets: the record. While a deployment is in flight its object knows better. */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type {
  DeploymentId,
  DeviceId,
  FileId,
  GroupId,
  HostId,
  ScheduleId,
  TargetId,
  TeamId,
  UserId,
} from '#protocol/ids.ts';

export const deployments = sqliteTable(
  'deployments',
  {
    id: text().$type<DeploymentId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    name: text().notNull(),
    kind: text({ enum: ['command', 'script', 'software', 'files'] }).notNull(),
    status: text({
      enum: ['pending', 'in_progress', 'paused', 'completed', 'partial', 'failed', 'canceled'],
    }).notNull(),
    /** The spec as it was given, in JSON. */
    spec: text().notNull(),
    /** The items that it came to: label and action of each, in JSON. With the targets they are all that a start needs. */
    items: text().notNull(),
    created_by: text(),
    created_by_id: text().$type<UserId>(),
    created_at: text().notNull(),
    started_at: text(),
    ended_at: text(),
    total_targets: integer().notNull(),
    pending: integer().notNull(),
    running: integer().notNull().default(0),
    completed: integer().notNull().default(0),
    failed: integer().notNull().default(0),
    skipped: integer().notNull().default(0),
    canceled: integer().notNull().default(0),
    success_rate: real(),
    strategy: text({ enum: ['parallel', 'rolling', 'canary', 'blue_green'] }).notNull(),
    wave: integer().notNull().default(1),
    waves: integer().notNull(),
    /** A `Gate` in JSON. */
    gate: text(),
    stop_reason: text(),
    parent_id: text().$type<DeploymentId>(),
    relation: text({ enum: ['retry', 'rollback'] }),
    rollback_id: text().$type<DeploymentId>(),
    /** The side of blue and green that serves once this has completed, in JSON. */
    activates: text(),
    /** Version of the object's state that this row shows; an older one never overwrites a newer. */
    version: integer().notNull().default(0),
    schedule_id: text().$type<ScheduleId>(),
    /** The instant for which the schedule fired it. */
    scheduled_at: text(),
    /** What else a start needs to know of the firing: a `Firing` in JSON. */
    firing: text(),
  },
  (table) => [
    index('deployments_by_team').on(table.team_id, table.id),
    index('deployments_by_status').on(table.team_id, table.status, table.id),
    index('deployments_open').on(table.status, table.id),
    // Taking something back twice at once would run every undo twice.
    uniqueIndex('deployments_one_rollback')
      .on(table.parent_id)
      .where(sql`relation = 'rollback' AND status IN ('pending', 'in_progress', 'paused')`),
    // A schedule fires once for each instant, whatever is repeated.
    uniqueIndex('deployments_by_schedule')
      .on(table.schedule_id, table.scheduled_at)
      .where(sql`schedule_id IS NOT NULL`),
    // What schedules fired is forgotten by its age.
    index('deployments_fired').on(table.team_id, table.created_at).where(sql`schedule_id IS NOT NULL`),
    index('deployments_by_parent').on(table.parent_id, table.id).where(sql`parent_id IS NOT NULL`),
  ],
);

export const deploymentTargets = sqliteTable(
  'deployment_targets',
  {
    id: text().$type<TargetId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    deployment_id: text().$type<DeploymentId>().notNull(),
    device_id: text().$type<DeviceId>().notNull(),
    device_key: text().notNull(),
    device_name: text().notNull(),
    host_id: text().$type<HostId>().notNull(),
    /** Index into the deployment's items. */
    item_index: integer().notNull(),
    item: text().notNull(),
    /** Counted from 0. */
    wave: integer().notNull(),
    undoes: text().$type<TargetId>(),
    status: text({
      enum: [
        'pending',
        'queued',
        'downloading',
        'installing',
        'running',
        'verifying',
        'completed',
        'failed',
        'canceled',
        'skipped',
      ],
    }).notNull(),
    attempt: integer().notNull().default(1),
    progress_percent: integer(),
    result_message: text(),
    error_details: text(),
    exit_code: integer(),
    waiting_for: text(),
    started_at: text(),
    completed_at: text(),
    /** An `UndoOffer` in JSON. */
    undo: text(),
    version: integer().notNull().default(0),
  },
  (table) => [index('deployment_targets_by_deployment').on(table.deployment_id, table.id)],
);

/** Which stored files a deployment needs: they cannot be deleted before it has ended. */
export const deploymentFiles = sqliteTable(
  'deployment_files',
  {
    deployment_id: text().$type<DeploymentId>().notNull(),
    file_id: text().$type<FileId>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.deployment_id, table.file_id] }),
    index('deployment_files_by_file').on(table.file_id),
  ],
);

/** Which side of a blue-green pair serves, as of its last switch. */
export const activeColors = sqliteTable(
  'active_colors',
  {
    team_id: text().$type<TeamId>().notNull(),
    blue_group_id: text().$type<GroupId>().notNull(),
    green_group_id: text().$type<GroupId>().notNull(),
    active: text({ enum: ['blue', 'green'] }).notNull(),
    deployment_id: text().$type<DeploymentId>().notNull(),
    switched_at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.team_id, table.blue_group_id, table.green_group_id] })],
);

/** Plans that were shown, kept for a day so that a changed one can be told apart from the one that was confirmed. */
export const deploymentPlans = sqliteTable(
  'deployment_plans',
  {
    team_id: text().$type<TeamId>().notNull(),
    hash: text().notNull(),
    /** A `PlanContent` in JSON. */
    content: text().notNull(),
    created_at: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.team_id, table.hash] }),
    index('deployment_plans_by_time').on(table.created_at),
  ],
);
