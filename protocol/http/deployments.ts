import { z } from 'zod';
import { DeploymentId, DeviceId, HostId, TargetId } from '../ids.ts';
import { ActionKind, Spec } from '../spec.ts';
import { DeploymentStatus, TargetStatus } from '../states.ts';
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

export const DeploymentSummary = z.object({
  id: DeploymentId,
  name: z.string(),
  kind: ActionKind,
  status: DeploymentStatus,
  created_by: z.string().nullable(),
  created_at: Instant,
  started_at: Instant.nullable(),
  ended_at: Instant.nullable(),
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

export const Progress = Counts.extend({
  deployment_id: DeploymentId,
  status: DeploymentStatus,
  targets: z.array(Target),
});
export type Progress = z.infer<typeof Progress>;

export const DeploymentQuery = PageQuery.extend({
  kind: ActionKind.optional(),
  status: DeploymentStatus.optional(),
  q: z.string().max(200).optional(),
});
export const TargetQuery = PageQuery.extend({ status: TargetStatus.optional() });
