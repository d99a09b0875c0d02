/** A job: what an agent is handed for one target. Everything it needs is inside; it looks nothing up. */
import { z } from 'zod';
import { DeploymentId, FileId, TargetId } from '../ids.ts';
import { MAX_TIMEOUT_SECONDS } from '../limits.ts';
import { PackageName, PackageType, PackageVersion } from '../software.ts';
import { FileMode, Path, Shell } from '../spec.ts';
import { Environment, HttpUrl, Sha256 } from '../text.ts';

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
  env: Environment,
});
export type CommandJob = z.infer<typeof CommandJob>;

export const SoftwareJob = z.object({
  kind: z.literal('software'),
  operation: z.enum(['install', 'uninstall']),
  name: PackageName,
  version: PackageVersion.nullable(),
  package_type: PackageType,
  source: PackageSource,
  install_args: z.array(z.string()),
  uninstall_command: z.string().nullable(),
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

export const JobAction = z.discriminatedUnion('kind', [CommandJob, SoftwareJob, FilesJob]);
export type JobAction = z.infer<typeof JobAction>;

/** The key of the host itself among its devices. */
export const SELF_DEVICE_KEY = 'self';
export const DeviceKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, 'must be letters, digits and . _ : -');

export const Job = z.object({
  target_id: TargetId,
  /** Counts from 1; a retry is the same target with the next attempt. `(target_id, attempt)` is started at most once. */
  attempt: z.int().min(1),
  deployment_id: DeploymentId,
  device_key: DeviceKey,
  action: JobAction,
  /** From start to end, download included. */
  timeout_seconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS),
  /** An interrupted job may be run again by the agent itself. */
  idempotent: z.boolean(),
  /** Where this attempt's output begins in the target's log, in bytes. */
  log_offset: z.int().min(0),
});
export type Job = z.infer<typeof Job>;
