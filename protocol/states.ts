/** The states of deployments, targets, schedules and executions, and which of them are final. The rules that move between them are in `domain/`. */
import { z } from 'zod';

export const DeploymentStatus = z.enum([
  'pending',
  'in_progress',
  'paused',
  'completed',
  'partial',
  'failed',
  'canceled',
]);
export type DeploymentStatus = z.infer<typeof DeploymentStatus>;

export const TargetStatus = z.enum([
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
]);
export type TargetStatus = z.infer<typeof TargetStatus>;

/** What an agent may report while it works on a job. */
export const WorkingStatus = z.enum(['downloading', 'installing', 'running', 'verifying']);
export type WorkingStatus = z.infer<typeof WorkingStatus>;

export const FinalTargetStatus = z.enum(['completed', 'failed', 'canceled', 'skipped']);
export type FinalTargetStatus = z.infer<typeof FinalTargetStatus>;

const finalTargets: ReadonlySet<TargetStatus> = new Set(FinalTargetStatus.options);
const finalDeployments: ReadonlySet<DeploymentStatus> = new Set(['completed', 'partial', 'failed', 'canceled']);

export const isFinalTarget = (status: TargetStatus): status is FinalTargetStatus => finalTargets.has(status);
export const isFinalDeployment = (status: DeploymentStatus): boolean => finalDeployments.has(status);

export const ScheduleStatus = z.enum(['active', 'paused', 'stopped', 'completed', 'expired', 'failed']);
export type ScheduleStatus = z.infer<typeof ScheduleStatus>;

/** Nothing fires again, and nothing brings it back. */
export const isEndedSchedule = (status: ScheduleStatus): boolean => status !== 'active' && status !== 'paused';

export const ExecutionStatus = z.enum(['queued', 'running', 'completed', 'failed', 'skipped']);
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

export const HostStatus = z.enum(['online', 'offline']);
export type HostStatus = z.infer<typeof HostStatus>;

/** Weakest first: each role may do what those before it may. */
export const Role = z.enum(['viewer', 'operator', 'admin', 'owner']);
export type Role = z.infer<typeof Role>;

export const roleAtLeast = (role: Role, needed: Role): boolean =>
  Role.options.indexOf(role) >= Role.options.indexOf(needed);
