/** A job: what an agent is handed for one target. Everything it needs is inside; it looks nothing up. */
import { z } from 'zod';
import { jobEnvironmentShape } from '../environment.ts';
import { HealthCheck } from '../health-check.ts';
import { DeploymentId, FileId, ScriptId, TargetId } from '../ids.ts';
import { MAX_TIMEOUT_SECONDS } from '../limits.ts';
import { Interpreter } from '../script.ts';
import { Shell } from '../shell.ts';
import { PackageName, PackageType, PackageVersion } from '../software.ts';
import { FileMode, Path } from '../spec.ts';
import { HttpUrl, Sha256 } from '../text.ts';

/** Bytes kept by the server, fetched from `GET /api/agent/files/:id`. */
export const StoredFile = z.object({
  file_id: FileId,
  filename: z.string().min(1).max(255),
  size: z.int().min(0),
  sha256: Sha256,
});
export type StoredFile = z.infer<typeof StoredFile>;

export const PackageSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('repository') }),
  z.object({ type: z.literal('file'), file: StoredFile }),
  z.object({ type: z.literal('url'), url: HttpUrl, sha256: Sha256.nullable() }),
]);
export type PackageSource = z.infer<typeof PackageSource>;

export const CommandJob = z.object({
  kind: z.literal('command'),
  command: z.string(),
  shell: Shell,
  working_directory: Path.nullable(),
  ...jobEnvironmentShape,
});
export type CommandJob = z.infer<typeof CommandJob>;

export const ScriptJob = z.object({
  kind: z.literal('script'),
  script_id: ScriptId,
  name: z.string(),
  version: z.int().min(1),
  interpreter: Interpreter,
  content: z.string(),
  arguments: z.array(z.string()),
  userinterface_name: z.string().nullable(),
  ...jobEnvironmentShape,
});
export type ScriptJob = z.infer<typeof ScriptJob>;

export const SoftwareJob = z.object({
  kind: z.literal('software'),
  operation: z.enum(['install', 'uninstall']),
  name: PackageName,
  version: PackageVersion.nullable(),
  /** Null: the agent takes its host's own package manager, or what the file's name says. */
  package_type: PackageType.nullable(),
  source: PackageSource,
  install_args: z.array(z.string()),
  uninstall_command: z.string().nullable(),
  rollback_command: z.string().nullable().default(null),
});
export type SoftwareJob = z.infer<typeof SoftwareJob>;

export const FilesJob = z.object({
  kind: z.literal('files'),
  file: StoredFile,
  destination: Path,
  /** True when the destination names a folder for certain: it ends in a separator or takes several files. */
  into_directory: z.boolean(),
  mode: FileMode.nullable(),
  overwrite: z.boolean(),
});
export type FilesJob = z.infer<typeof FilesJob>;

/** Takes back what an earlier job did on this device, from what the agent kept of it (`Job.undoes`). */
export const UndoJob = z.object({
  kind: z.literal('undo'),
  action: z.discriminatedUnion('kind', [SoftwareJob, FilesJob]),
});
export type UndoJob = z.infer<typeof UndoJob>;

export const JobAction = z.discriminatedUnion('kind', [CommandJob, ScriptJob, SoftwareJob, FilesJob, UndoJob]);
export type JobAction = z.infer<typeof JobAction>;

/** The key of the host itself among its devices. */
export const SELF_DEVICE_KEY = 'self';
export const DeviceKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, 'must be letters, digits and . _ : -');

/** What is to be done for a target, apart from when and how often. */
export const JobWork = z.object({
  action: JobAction,
  /** Must hold after the action before the job counts as completed. */
  health_check: HealthCheck.nullable().default(null),
  /** Bytes a second for all downloads of this job together; null for no limit of the server's. */
  bandwidth_limit: z.int().min(1).nullable().default(null),
  /** The target whose effect on this device this job takes back; null for all but rollbacks. */
  undoes: TargetId.nullable().default(null),
});
export type JobWork = z.infer<typeof JobWork>;

export const Job = z.object({
  target_id: TargetId,
  /** Counts from 1; a retry is the same target with the next attempt. `(target_id, attempt)` is started at most once. */
  attempt: z.int().min(1),
  deployment_id: DeploymentId,
  device_key: DeviceKey,
  ...JobWork.shape,
  /** From start to end, download and health check included. */
  timeout_seconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS),
  /** An interrupted job may be run again by the agent itself. */
  idempotent: z.boolean(),
  /** Where this attempt's output begins in the target's log, in bytes. */
  log_offset: z.int().min(0),
});
export type Job = z.infer<typeof Job>;
