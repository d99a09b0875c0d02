/** What the worker and the other objects may ask of a HostObject. Every call is safe to repeat. */
import type { HostLogEntry } from '#domain/host/host-log.ts';
import type { JobWork } from '#protocol/agent/job.ts';
import type { HostLogLine } from '#protocol/agent/to-agent.ts';
import type { LogPiece, UndoOffer } from '#protocol/agent/to-server.ts';
import type { Lock } from '#protocol/http/hosts.ts';
import type { DeploymentId, DeviceId, FileId, HostId, ScheduleId, TargetId, TeamId, UserId } from '#protocol/ids.ts';
import type { LineState } from '#protocol/log-lines.ts';
import type { Firing } from '#protocol/schedule.ts';
import type { OfflinePolicy } from '#protocol/spec.ts';
import type { TargetStatus } from '#protocol/states.ts';

export type HostIdentity = {
  host_id: HostId;
  team_id: TeamId;
  name: string;
  public_key: string;
  self_device_id: DeviceId;
};

/** A target as the DeploymentObject hands it over. */
export type EnqueuedJob = {
  target_id: TargetId;
  device_id: DeviceId;
  device_key: string;
  device_name: string;
  /** What is done, in a few words. */
  label: string;
  work: JobWork;
};

export type EnqueueRequest = {
  deployment_id: DeploymentId;
  deployment_name: string;
  timeout_seconds: number;
  retries: number;
  idempotent: boolean;
  offline: OfflinePolicy;
  /** When the deployment was made, in epoch milliseconds: the offline policy counts from here. */
  created_at: number;
  /** Null when no schedule fired it. */
  firing: Firing | null;
  /** How many jobs a device gets in all; a request may hold fewer. */
  items: number;
  jobs: EnqueuedJob[];
};

/** One target's state as its host sees it. `version` grows with every change of the target on this host. */
export type JobReport = {
  target_id: TargetId;
  version: number;
  status: TargetStatus;
  attempt: number;
  progress_percent: number | null;
  result_message: string | null;
  error_details: string | null;
  exit_code: number | null;
  waiting_for: string | null;
  started_at: number | null;
  completed_at: number | null;
  undo: UndoOffer | null;
};

export type ReserveRequest = {
  device_key: string;
  user_id: UserId;
  user_name: string;
  reason: string;
  /** Counted by the host's clock, from now on. */
  seconds: number;
  /** Take it over from another person. */
  take_over: boolean;
};

/** Whose reservation a person took over or ended; `since` tells one from another. */
export type FormerHolder = { user_id: UserId; user_name: string; since: number };

/** `former` is named again when the same person repeats the call. */
export type ReserveAnswer = { ok: true; lock: Lock; former: FormerHolder | null } | Refusal;
export type ReleaseAnswer = { ok: true; released: FormerHolder } | Refusal;

/** A job that waits for a device. */
export type QueuedJob = {
  deployment_id: DeploymentId;
  deployment_name: string;
  target_id: TargetId;
  /** From 1. */
  position: number;
  waiting_for: string | null;
};

export type ReleaseRequest = {
  device_key: string;
  user_id: UserId /** An admin may end another person's reservation. */;
  force: boolean;
};

export type Refusal = {
  ok: false;
  error: 'locked' | 'not_reserved' | 'not_holder' | 'unknown_device';
  message: string;
};

export type FileAuthorization =
  | { ok: true; key: string; size: number; sha256: string; filename: string }
  | ProofRefusal;

/** Whose report it is, and under which attempt it is kept. */
export type ReportAuthorization =
  | { ok: true; team_id: TeamId; deployment_id: DeploymentId; target_id: TargetId; attempt: number }
  | ProofRefusal;

export type ProofRefusal = { ok: false; status: 401 | 403 | 404; type: string; detail: string; server_time: string };

/** The part of a target's log that begins at an offset. */
export type LogPart =
  | { kind: 'segment'; key: string; offset: number; next_offset: number }
  | { kind: 'pieces'; pieces: LogPiece[]; offset: number; next_offset: number }
  /** Nothing further is held now; `ended` says that nothing further will come. */
  | { kind: 'end'; offset: number; ended: boolean }
  | { kind: 'unknown' };

/** The part that holds the beginning of a line, how a reader stands where that part begins, and how long the log is now. */
export type LogPlace =
  | {
      kind: 'found';
      part: Exclude<LogPart, { kind: 'unknown' }>;
      state: LineState;
      total_lines: number;
      end_offset: number;
      /** Whether nothing further will come. */
      complete: boolean;
    }
  | { kind: 'unknown' };

/** What a schedule says of itself on the hosts that it is about; `version` makes a repetition harmless. */
export type ScheduleNote = {
  schedule_id: ScheduleId;
  version: number;
  entries: HostLogEntry[];
  /** Why its executions that wait here shall not begin; null when they shall. */
  withdraw: string | null;
};

export interface HostRpc {
  /** Brings the object up, changing nothing. */
  prepare(): Promise<void>;
  enroll(identity: HostIdentity): Promise<void>;
  revoke(): Promise<void>;
  disconnect(): Promise<void>;
  rename(name: string): Promise<void>;
  /** Looks whether the agent is still there, as the alarm does. */
  look(): Promise<void>;
  reserve(request: ReserveRequest): Promise<ReserveAnswer>;
  release(request: ReleaseRequest): Promise<ReleaseAnswer>;
  /** The first of those that wait, in their order. */
  deviceQueue(deviceKey: string): Promise<QueuedJob[]>;
  authorizeFile(request: { proof: string; file_id: FileId }): Promise<FileAuthorization>;
  /** For the attempt that the agent has and has not reported the end of. */
  authorizeReport(request: { proof: string; target_id: TargetId; attempt: number }): Promise<ReportAuthorization>;
  /** The answer carries the jobs' states at once, so that the common case needs no call back. */
  enqueue(request: EnqueueRequest): Promise<JobReport[]>;
  /** The same request as for `enqueue`: what the host has not heard of yet, it keeps as canceled. */
  cancel(request: EnqueueRequest): Promise<JobReport[]>;
  readLog(request: { target_id: TargetId; offset: number }): Promise<LogPart>;
  /** The latest lines of the host's own log, oldest first. */
  readHostLog(limit: number): Promise<HostLogLine[]>;
  noteSchedule(note: ScheduleNote): Promise<void>;
  /** Negative lines count from the end. */
  findLogLine(request: { target_id: TargetId; line: number }): Promise<LogPlace>;
  /** WebSocket upgrades: the agent's (`/connect`) and a viewer's tail (`/tail`). */
  fetch(request: Request): Promise<Response>;
}
