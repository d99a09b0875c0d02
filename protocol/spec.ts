/**
 * The spec: action, targets and options. One type, used by "deploy now" and by everything else that starts a deployment.
 */
import { z } from 'zod';
import { splitArguments } from './arguments.ts';
import { SpecEnvironment, secretIssue, secretsIn } from './environment.ts';
import { HealthCheck } from './health-check.ts';
import { DeviceId, FileId, GroupId, ScriptId, SoftwareId } from './ids.ts';
import { MAX_TARGETS, MAX_TIMEOUT_SECONDS } from './limits.ts';
import { Shell } from './shell.ts';
import { CustomSoftware } from './software.ts';
import { Strategy } from './strategy.ts';
import { Name } from './text.ts';

const noNul = (text: string) => !text.includes('\0');
export const Path = z
  .string()
  .min(1, 'must not be empty')
  .max(4096, 'must be at most 4096 characters')
  .refine(noNul, 'must not contain NUL');

const absolute = (path: string) => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path) || path.startsWith('\\\\');
export const AbsolutePath = Path.refine(absolute, 'must be an absolute path');

export const CommandText = z
  .string()
  .min(1, 'must not be empty')
  .max(65_536, 'must be at most 65536 characters')
  .refine(noNul, 'must not contain NUL')
  .refine((text) => text.trim() !== '', 'must not be blank');

/** What takes a command or script back, where something can; it gets the same environment. */
export const UndoCommand = z.strictObject({ command: CommandText, shell: Shell.default('sh') });
export type UndoCommand = z.infer<typeof UndoCommand>;

export const CommandAction = z.strictObject({
  kind: z.literal('command'),
  command: CommandText,
  shell: Shell.default('sh'),
  working_directory: AbsolutePath.nullable().default(null),
  env: SpecEnvironment.default({}),
  undo: UndoCommand.nullable().default(null),
});

export const ScriptAction = z.strictObject({
  kind: z.literal('script'),
  script_id: ScriptId,
  /** Which of the script's versions; the newest when not given. */
  version: z.int().min(1).nullable().default(null),
  /** Split into an argument vector as a shell would split words, without any expansion. */
  parameters: z
    .string()
    .max(4000, 'must be at most 4000 characters')
    .refine((text) => !text.includes('\0'), 'must not contain NUL')
    .refine((text) => splitArguments(text) !== null, 'has a quote that is not closed')
    .default(''),
  /** Handed to the script as DEPLOYX_USERINTERFACE_NAME. */
  userinterface_name: Name.nullable().default(null),
  env: SpecEnvironment.default({}),
  undo: UndoCommand.nullable().default(null),
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
  ScriptAction,
  SoftwareAction.refine(softwareNamed, { path: ['software_ids'], message: 'name at least one package' }),
  FilesAction,
]);
export type Action = z.infer<typeof Action>;
export type ActionKind = Action['kind'];
export const ActionKind = z.enum(['command', 'script', 'software', 'files']);

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

const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];

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
  health_check: HealthCheck.nullable().default(null),
  /** When the error budget is passed (or, without one, when anything failed), what was done is undone. */
  rollback_on_failure: z.boolean().default(false),
  /** Downloads of one job take no more than this, in bytes a second. */
  bandwidth_limit: z.int().min(1024).nullable().default(null),
});
export type Spec = z.infer<typeof Spec>;
export type SpecInput = z.input<typeof Spec>;

type Issue = { path: (string | number)[]; message: string };

/** Blue and green are the targets; naming them once more among the groups does no harm. */
const targetIssue = ({ strategy, device_ids, group_ids }: Spec): Issue | null => {
  if (strategy.type !== 'blue_green')
    return device_ids.length + group_ids.length > 0
      ? null
      : { path: ['device_ids'], message: 'name at least one device or group' };
  const sides: string[] = [strategy.blue_group_id, strategy.green_group_id];
  if (device_ids.length > 0)
    return { path: ['device_ids'], message: 'must be empty: the targets are the two groups of the strategy' };
  const other = group_ids.findIndex((id) => !sides.includes(id));
  return other < 0 ? null : { path: ['group_ids', other], message: 'is neither blue_group_id nor green_group_id' };
};

const secretIssues = ({ action }: Spec): Issue[] =>
  secretsIn('env' in action ? action.env : {}).flatMap(([name, { value }]) => {
    const message = secretIssue(value);
    return message === null ? [] : [{ path: ['action', 'env', name, 'value'], message }];
  });

export const checkRequest = (spec: Spec, context: z.RefinementCtx): void => {
  const issue = targetIssue(spec);
  for (const one of [...(issue === null ? [] : [issue]), ...secretIssues(spec)])
    context.addIssue({ code: 'custom', ...one });
};

export const withoutRepeats = <Request extends Spec>(spec: Request): Request => ({
  ...spec,
  device_ids: unique(spec.device_ids),
  group_ids: unique(spec.group_ids),
});

/** What a person or program asks for: a spec that names at least one target and gives every secret. */
export const RequestedSpec = Spec.superRefine(checkRequest).transform(withoutRepeats);

/** A body of `POST /deployments`. With `plan_hash`, it is refused when the plan has changed since. */
export const DeployRequest = Spec.extend({ plan_hash: z.string().max(200).nullish() })
  .superRefine(checkRequest)
  .transform(withoutRepeats);
