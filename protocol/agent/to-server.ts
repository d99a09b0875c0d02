/** Messages from the agent to the server. The rules are in `SPEC.md`. */
import { z } from 'zod';
import { TargetId } from '../ids.ts';
import { MAX_DETAILS_CHARACTERS, MAX_MESSAGE_CHARACTERS } from '../limits.ts';
import { Interpreter } from '../script.ts';
import { Shell } from '../shell.ts';
import { PackageType } from '../software.ts';
import { ActionKind } from '../spec.ts';
import { WorkingStatus } from '../states.ts';
import { Labels } from '../text.ts';
import { DeviceKey } from './job.ts';

const line = (max: number) => z.string().max(max);

export const HostInfo = z.object({
  hostname: line(255),
  os: z.enum(['linux', 'macos', 'windows']),
  /** Human-readable name and version of the operating system. */
  platform: line(200),
  arch: line(32),
  cpus: z.int().min(0).max(65_536),
  memory_bytes: z.int().min(0),
});
export type HostInfo = z.infer<typeof HostInfo>;

export const AgentDevice = z.object({
  key: DeviceKey,
  name: line(200).min(1),
  kind: line(64).min(1),
  labels: Labels.default({}),
});
export type AgentDevice = z.infer<typeof AgentDevice>;

export const Capabilities = z.object({
  actions: z.array(ActionKind).max(16),
  shells: z.array(Shell).max(16),
  /** For scripts. */
  interpreters: z.array(Interpreter).max(16).default([]),
  package_types: z.array(PackageType).max(32),
});
export type Capabilities = z.infer<typeof Capabilities>;

/** A job in the agent's journal whose result the server has not acknowledged. */
export const JournaledJob = z.object({
  target_id: TargetId,
  attempt: z.int().min(1),
  state: z.enum(['accepted', 'started', 'finished']),
});
export type JournaledJob = z.infer<typeof JournaledJob>;

export const ProtocolRange = z.object({ min: z.int().min(1), max: z.int().min(1) });

export const Hello = z.object({
  type: z.literal('hello'),
  protocol: ProtocolRange,
  agent_version: line(64),
  info: HostInfo,
  /** Attached devices; the host itself is always there and not listed. */
  devices: z.array(AgentDevice).max(256),
  capabilities: Capabilities,
  jobs: z.array(JournaledJob).max(1000),
  /** Drawn anew by each process: tells a start of the agent from a reconnect. */
  process_id: line(64).optional(),
  /** `seq` of the last line of the host's log that the agent has written; without it the agent takes no such lines. */
  host_log_seq: z.int().min(0).optional(),
});
export type Hello = z.infer<typeof Hello>;

export const JobAccepted = z.object({ type: z.literal('job.accepted'), target_id: TargetId, attempt: z.int().min(1) });

export const JobProgress = z.object({
  type: z.literal('job.progress'),
  target_id: TargetId,
  attempt: z.int().min(1),
  status: WorkingStatus,
  percent: z.int().min(0).max(100).nullable(),
  message: line(MAX_MESSAGE_CHARACTERS).nullable(),
});

export const LogStream = z.enum(['stdout', 'stderr', 'system']);
export type LogStream = z.infer<typeof LogStream>;

export const LogPiece = z.object({ stream: LogStream, text: z.string().min(1) });
export type LogPiece = z.infer<typeof LogPiece>;

export const JobLog = z.object({
  type: z.literal('job.log'),
  target_id: TargetId,
  /** Position of the first piece in the target's log: bytes of UTF-8 before it. */
  offset: z.int().min(0),
  pieces: z.array(LogPiece).min(1).max(2048),
});
export type JobLog = z.infer<typeof JobLog>;

/** Why a job ended as it did. A short closed list: people and programs match on it. */
export const ResultReason = z.enum([
  'ok',
  'already_installed',
  'reboot_required',
  'exit_code',
  'timed_out',
  'canceled',
  'interrupted',
  'policy_refused',
  'unsupported',
  'invalid_url',
  'download_failed',
  'checksum_mismatch',
  'disk_full',
  'path_refused',
  'file_exists',
  'install_failed',
  'unhealthy',
  'nothing_to_undo',
  'internal',
]);
export type ResultReason = z.infer<typeof ResultReason>;

/** What taking the job's effect back would do on this device; `possible` is false when nothing can. */
export const UndoOffer = z.object({ possible: z.boolean(), text: line(MAX_MESSAGE_CHARACTERS) });
export type UndoOffer = z.infer<typeof UndoOffer>;

export const JobOutcome = z.enum(['completed', 'failed', 'canceled']);

export const JobResult = z.object({
  type: z.literal('job.result'),
  target_id: TargetId,
  attempt: z.int().min(1),
  outcome: JobOutcome,
  reason: ResultReason,
  exit_code: z.int().nullable(),
  message: line(MAX_MESSAGE_CHARACTERS),
  details: line(MAX_DETAILS_CHARACTERS).nullable(),
  /** Null when the agent knows nothing of it: commands and scripts are undone by what their spec says. */
  undo: UndoOffer.nullable().default(null),
  /** Where this attempt's output ends in the target's log, in bytes; the log is whole when the server holds that much. */
  log_end: z.int().min(0),
});
export type JobResult = z.infer<typeof JobResult>;

export const ToServer = z.discriminatedUnion('type', [Hello, JobAccepted, JobProgress, JobLog, JobResult]);
export type ToServer = z.infer<typeof ToServer>;
