/** What the worker and HostObjects may ask of a DeploymentObject. Every call is safe to repeat. */
import type { ResolvedItem } from '#domain/deployment/items.ts';
import type { Activates, DeploymentSummary, Progress, Relation, Target, Wave } from '#protocol/http/deployments.ts';
import type { DeploymentId, DeviceId, HostId, TargetId, TeamId } from '#protocol/ids.ts';
import type { Firing } from '#protocol/schedule.ts';
import type { ActionKind, OfflinePolicy } from '#protocol/spec.ts';
import type { TargetStatus } from '#protocol/states.ts';
import type { Strategy } from '#protocol/strategy.ts';
import type { JobReport } from '../host/host-rpc.ts';
import type { RunReport } from '../schedule/schedule-rpc.ts';

export type StartTarget = {
  id: TargetId;
  host_id: HostId;
  device_id: DeviceId;
  device_key: string;
  device_name: string;
  /** Index into `items`. */
  item: number;
  /** Counted from 0; targets come in the order of their waves. */
  wave: number;
  /** The target whose effect this one takes back; null for all but rollbacks. */
  undoes: TargetId | null;
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
  /** How many waves there are; one of them may have no targets. */
  waves: number;
  rollback_on_failure: boolean;
  /** Bytes a second for the downloads of one job; null for no limit. */
  bandwidth_limit: number | null;
  parent: { id: DeploymentId; relation: Relation } | null;
  /** The side of blue and green that serves once this has completed. */
  activates: Activates | null;
  /** Null when no schedule fired it. */
  firing: Firing | null;
  items: ResolvedItem[];
  targets: StartTarget[];
};

export type TargetPage = { status: TargetStatus | null; after: TargetId | null; limit: number };

/** What a person may tell a deployment that goes on. */
export type Control = 'cancel' | 'pause' | 'resume' | 'promote';

export interface DeploymentRpc {
  /** Brings the object up, changing nothing: a new one takes a moment to make its storage. */
  prepare(): Promise<void>;
  start(request: StartRequest): Promise<DeploymentSummary>;
  /** Null when the object never started this deployment. */
  summary(): Promise<DeploymentSummary | null>;
  progress(): Promise<Progress | null>;
  targets(page: TargetPage): Promise<Target[]>;
  /** Counted wave by wave; empty when the object never started this deployment. */
  waves(): Promise<Wave[]>;
  control(command: Control): Promise<{ ok: true; summary: DeploymentSummary } | { ok: false; message: string }>;
  /** Does what is due, as the alarm does. */
  look(): Promise<void>;
  /** Brings the record up to what the object knows, now. */
  record(): Promise<void>;
  /** How it goes for the schedule that fired it; null when none did, or when it never started. */
  runReport(): Promise<RunReport | null>;
  report(request: { host_id: HostId; reports: JobReport[] }): Promise<void>;
}
