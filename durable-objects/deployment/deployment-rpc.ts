/** What the worker and HostObjects may ask of a DeploymentObject. Every call is safe to repeat. */
import type { JobAction } from '#protocol/agent/job.ts';
import type { DeploymentSummary, Progress, Target } from '#protocol/http/deployments.ts';
import type { DeploymentId, DeviceId, HostId, TargetId, TeamId } from '#protocol/ids.ts';
import type { ActionKind, OfflinePolicy, Strategy } from '#protocol/spec.ts';
import type { TargetStatus } from '#protocol/states.ts';
import type { JobReport } from '../host/host-rpc.ts';

export type StartTarget = {
  id: TargetId;
  host_id: HostId;
  device_id: DeviceId;
  device_key: string;
  device_name: string;
  /** Index into `items`. */
  item: number;
};

/** Everything a deployment needs to run; the object looks nothing up. */
export type StartRequest = {
  team_id: TeamId;
  deployment_id: DeploymentId;
  name: string;
  kind: ActionKind;
  created_by: string | null;
  /** Epoch milliseconds. */
  created_at: number;
  timeout_seconds: number;
  retries: number;
  idempotent: boolean;
  offline: OfflinePolicy;
  strategy: Strategy;
  items: { label: string; action: JobAction }[];
  targets: StartTarget[];
};

export type TargetPage = { status: TargetStatus | null; after: TargetId | null; limit: number };

export interface DeploymentRpc {
  /** Brings the object up, changing nothing: a new one takes a moment to make its storage. */
  prepare(): Promise<void>;
  start(request: StartRequest): Promise<DeploymentSummary>;
  /** Null when the object never started this deployment. */
  summary(): Promise<DeploymentSummary | null>;
  progress(): Promise<Progress | null>;
  targets(page: TargetPage): Promise<Target[]>;
  cancel(): Promise<{ ok: true; summary: DeploymentSummary } | { ok: false; message: string }>;
  report(request: { host_id: HostId; reports: JobReport[] }): Promise<void>;
}
