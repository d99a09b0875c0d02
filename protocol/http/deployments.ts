import { z } from 'zod';
import { UndoOffer } from '../agent/to-server.ts';
import { DeploymentId, DeviceId, GroupId, HostId, ScheduleId, TargetId } from '../ids.ts';
import { ActionKind, Spec } from '../spec.ts';
import { DeploymentStatus, FinalTargetStatus, TargetStatus } from '../states.ts';
import { Color, StrategyType } from '../strategy.ts';
import { Instant } from '../text.ts';
import { PageQuery } from './page.ts';

export const Target = z.object({
  id: TargetId,
  device_id: DeviceId,
  device_name: z.string(),
  host_id: HostId,
  /** The package, the file, or the command. */
  item: z.string(),
  status: TargetStatus,
  attempt: z.int(),
  progress_percent: z.int().nullable(),
  result_message: z.string().nullable(),
  error_details: z.string().nullable(),
  exit_code: z.int().nullable(),
  waiting_for: z.string().nullable(),
  started_at: Instant.nullable(),
  completed_at: Instant.nullable(),
  /** Counts from 1. */
  wave: z.int(),
  /** What a rollback would do about it, in a few words; null when it has no effect that is known, or none yet. */
  undo: UndoOffer.nullable(),
});
export type Target = z.infer<typeof Target>;

export const Counts = z.object({
  total_targets: z.int(),
  pending: z.int(),
  /** Queued on a host or being worked on. */
  running: z.int(),
  completed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  canceled: z.int(),
  /** Percent of the targets that ended, skipped and canceled ones left out; null before the first ended. */
  success_rate: z.number().nullable(),
});
export type Counts = z.infer<typeof Counts>;

/** What a rollout waits for between two waves, and until when at the latest. */
export const Gate = z.object({ kind: z.enum(['pause', 'promotion']), until: Instant });
export type Gate = z.infer<typeof Gate>;

/** How a deployment came from another one. */
export const Relation = z.enum(['retry', 'rollback']);
export type Relation = z.infer<typeof Relation>;

export const DeploymentSummary = z.object({
  id: DeploymentId,
  name: z.string(),
  kind: ActionKind,
  status: DeploymentStatus,
  created_by: z.string().nullable(),
  created_at: Instant,
  started_at: Instant.nullable(),
  ended_at: Instant.nullable(),
  strategy: StrategyType,
  /** The wave that goes on now, counted from 1, and how many there are. */
  wave: z.int(),
  waves: z.int(),
  /** Null while nothing but targets is waited for. */
  gate: Gate.nullable(),
  /** Why it stopped before its end; null otherwise. */
  stop_reason: z.string().nullable(),
  parent: z.object({ id: DeploymentId, relation: Relation }).nullable(),
  /** The schedule that fired it, and the instant for which it did. */
  schedule: z.object({ id: ScheduleId, scheduled_at: Instant }).nullable(),
  /** The rollback that this deployment started by itself. */
  rollback_id: DeploymentId.nullable(),
  ...Counts.shape,
});
export type DeploymentSummary = z.infer<typeof DeploymentSummary>;

export const Deployment = DeploymentSummary.extend({ spec: Spec });
export type Deployment = z.infer<typeof Deployment>;

export const CreatedDeployment = z.object({
  success: z.literal(true),
  deployment_id: DeploymentId,
  message: z.string(),
  deployment: Deployment,
});

export type CreatedDeployment = z.infer<typeof CreatedDeployment>;

export const Progress = Counts.extend({
  deployment_id: DeploymentId,
  status: DeploymentStatus,
  targets: z.array(Target),
});
export type Progress = z.infer<typeof Progress>;

export const DeploymentQuery = PageQuery.extend({
  /** Retries and rollbacks of this deployment. */
  parent: DeploymentId.optional(),
  schedule_id: ScheduleId.optional(),
  kind: ActionKind.optional(),
  status: DeploymentStatus.optional(),
  q: z.string().max(200).optional(),
});
export const TargetQuery = PageQuery.extend({ status: TargetStatus.optional() });

/** One wave of a deployment, counted. */
export const Wave = z.object({ wave: z.int(), status: z.enum(['waiting', 'running', 'done']), ...Counts.shape });
export type Wave = z.infer<typeof Wave>;
export const Waves = z.object({ deployment_id: DeploymentId, items: z.array(Wave) });

/** Which targets a retry takes: those that failed; all that did not complete; or those in the states named. */
export const RetryRequest = z.strictObject({
  only: z
    .union([z.enum(['failed', 'unfinished']), z.array(FinalTargetStatus.exclude(['completed'])).min(1)])
    .default('failed'),
});
export type RetryRequest = z.infer<typeof RetryRequest>;

/** What a rollback would do, target by target, before it is asked for. */
export const RollbackPreview = z.object({
  deployment_id: DeploymentId,
  possible: z.int(),
  impossible: z.int(),
  /** Null when a rollback can be asked for; otherwise why not. */
  refused: z.string().nullable(),
  items: z.array(
    z.object({
      target_id: TargetId,
      device_id: DeviceId,
      device_name: z.string(),
      item: z.string(),
      status: TargetStatus,
      possible: z.boolean(),
      text: z.string(),
    }),
  ),
});
export type RollbackPreview = z.infer<typeof RollbackPreview>;

const planned = z.object({ device_id: DeviceId, device_name: z.string(), host_id: HostId });

/** What a spec would do now; nothing has been changed. */
export const DeploymentPlan = z.object({
  plan_hash: z.string(),
  name: z.string(),
  total_targets: z.int(),
  items: z.array(z.string()),
  waves: z.array(z.object({ wave: z.int(), targets: z.int(), devices: z.array(planned) })),
  offline: z.array(planned.extend({ last_seen_at: Instant.nullable() })),
  locked: z.array(planned.extend({ holder: z.string() })),
  /** What a host cannot carry out, by what its agent said of itself. */
  missing_capabilities: z.array(planned.extend({ missing: z.string() })),
  /** On one device, downloads and what they unpack to left aside; null when a size is not known before the download. */
  disk_needed_bytes: z.int().nullable(),
  /** From past runs of the same items; null when there were none. */
  estimated_seconds: z.number().nullable(),
  undo: z.object({ possible: z.boolean(), text: z.string() }),
  /** The side that a blue-green deployment would change. */
  blue_green: z.object({ active: Color, idle: Color, group_id: GroupId }).nullable(),
  warnings: z.array(z.string()),
});
export type DeploymentPlan = z.infer<typeof DeploymentPlan>;

/** One line of what is different now, in a refusal of a `plan_hash`. */
export const PlanDifference = z.object({ path: z.string(), message: z.string() });
export type PlanDifference = z.infer<typeof PlanDifference>;

const compared = z
  .object({
    id: TargetId,
    status: TargetStatus,
    exit_code: z.int().nullable(),
    seconds: z.number().nullable(),
    message: z.string().nullable(),
  })
  .nullable();

/** What differs between two deployments: their specs, and target by target how it went. */
export const Comparison = z.object({
  before: DeploymentSummary,
  after: DeploymentSummary,
  spec: z.array(z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  targets: z.array(
    z.object({
      device_id: DeviceId,
      device_name: z.string(),
      item: z.string(),
      change: z.enum(['added', 'removed', 'fixed', 'broken', 'changed', 'same']),
      before: compared,
      after: compared,
    }),
  ),
});
export type Comparison = z.infer<typeof Comparison>;

/** Which side of a blue-green pair serves, as of its last switch. */
export const ActiveColor = z.object({
  blue_group_id: GroupId,
  green_group_id: GroupId,
  active: Color,
  deployment_id: DeploymentId,
  switched_at: Instant,
});
export type ActiveColor = z.infer<typeof ActiveColor>;
export const ActiveColors = z.object({ items: z.array(ActiveColor) });

/** The side that serves once a deployment has completed. */
export const Activates = ActiveColor.pick({ blue_group_id: true, green_group_id: true, active: true });
export type Activates = z.infer<typeof Activates>;

export const CompareQuery = z.object({ with: DeploymentId });
