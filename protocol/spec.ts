/**
 * The spec: action, targets and options. One type, used by "deploy now" and by everything else that starts a deployment.
 */
import { z } from 'zod';
import { DeviceId, FileId, GroupId, SoftwareId } from './ids.ts';
import { MAX_TARGETS, MAX_TIMEOUT_SECONDS } from './limits.ts';
import { CustomSoftware } from './software.ts';
import { Environment, Name } from './text.ts';

export const Shell = z.enum(['sh', 'bash', 'powershell', 'cmd']);
export type Shell = z.infer<typeof Shell>;

const noNul = (text: string) => !text.includes('\0');
export const Path = z
  .string()
  .min(1, 'must not be empty')
  .max(4096, 'must be at most 4096 characters')
  .refine(noNul, 'must not contain NUL');

const absolute = (path: string) => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path) || path.startsWith('\\\\');
export const AbsolutePath = Path.refine(absolute, 'must be an absolute path');

export const CommandAction = z.strictObject({
  kind: z.literal('command'),
  command: z
    .string()
    .min(1, 'must not be empty')
    .max(65_536, 'must be at most 65536 characters')
    .refine(noNul, 'must not contain NUL')
    .refine((text) => text.trim() !== '', 'must not be blank'),
  shell: Shell.default('sh'),
  working_directory: AbsolutePath.nullable().default(null),
  env: Environment.default({}),
});

export const SoftwareAction = z.strictObject({
  kind: z.literal('software'),
  operation: z.enum(['install', 'uninstall']).default('install'),
  software_ids: z.array(SoftwareId).max(100).default([]),
  custom_software: z.array(CustomSoftware).max(100).default([]),
});

export const FileMode = z.string().regex(/^0?[0-7]{3}$/, 'must be three octal digits such as 0644');

export const FilesAction = z.strictObject({
  kind: z.literal('files'),
  file_ids: z.array(FileId).min(1, 'name at least one file').max(100),
  destination: AbsolutePath,
  mode: FileMode.nullable().default(null),
  overwrite: z.boolean().default(true),
});

const softwareNamed = (action: z.infer<typeof SoftwareAction>) =>
  action.software_ids.length + action.custom_software.length > 0;

export const Action = z.discriminatedUnion('kind', [
  CommandAction,
  SoftwareAction.refine(softwareNamed, { path: ['software_ids'], message: 'name at least one package' }),
  FilesAction,
]);
export type Action = z.infer<typeof Action>;
export type ActionKind = Action['kind'];
export const ActionKind = z.enum(['command', 'software', 'files']);

export const OfflinePolicy = z.discriminatedUnion('policy', [
  z.strictObject({ policy: z.literal('fail') }),
  z.strictObject({
    policy: z.literal('wait'),
    /** How long a job may wait for its host, from the moment the deployment was made. */
    expires_in_seconds: z
      .int()
      .min(1)
      .max(30 * 86_400)
      .default(86_400),
  }),
]);
export type OfflinePolicy = z.infer<typeof OfflinePolicy>;

export const ParallelStrategy = z.strictObject({
  type: z.literal('parallel'),
  max_concurrency: z.int().min(1).max(MAX_TARGETS).nullable().default(null),
  max_failures: z.int().min(0).max(MAX_TARGETS).nullable().default(null),
});
export const Strategy = z.discriminatedUnion('type', [ParallelStrategy]);
export type Strategy = z.infer<typeof Strategy>;

const unique = (values: string[]) => [...new Set(values)];

export const Spec = z.strictObject({
  name: Name.optional(),
  action: Action,
  device_ids: z.array(DeviceId).max(MAX_TARGETS).default([]),
  group_ids: z.array(GroupId).max(1000).default([]),
  timeout_seconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).default(600),
  retries: z.int().min(0).max(10).default(0),
  idempotent: z.boolean().default(false),
  offline: OfflinePolicy.default({ policy: 'fail' }),
  strategy: Strategy.default({ type: 'parallel', max_concurrency: null, max_failures: null }),
  health_check: z.null('health checks are not supported yet').default(null),
  rollback_on_failure: z.literal(false, 'rollback is not supported yet').default(false),
});
export type Spec = z.infer<typeof Spec>;
export type SpecInput = z.input<typeof Spec>;

/** A body of `POST /deployments`: a spec that names at least one target. */
export const SpecWithTargets = Spec.refine((spec) => spec.device_ids.length + spec.group_ids.length > 0, {
  path: ['device_ids'],
  message: 'name at least one device or group',
}).transform((spec) => ({
  ...spec,
  device_ids: unique(spec.device_ids).map((id) => DeviceId.parse(id)),
  group_ids: unique(spec.group_ids).map((id) => GroupId.parse(id)),
}));
