/** In which order and how carefully a deployment reaches its targets. What a strategy comes to is decided in `domain/deployment/rollout.ts`. */
import { z } from 'zod';
import { GroupId } from './ids.ts';
import { MAX_TARGETS } from './limits.ts';
import { Shell } from './shell.ts';

const notALimit = `must be a whole number up to ${MAX_TARGETS} or a percentage such as "10%"`;

/** More failures than this stop the deployment: a number of targets, or a percentage of them such as `10%`. */
export const FailureLimit = z.union(
  [z.int().min(0).max(MAX_TARGETS), z.string().regex(/^(?:100|[1-9]?\d)%$/, notALimit)],
  notALimit,
);
export type FailureLimit = z.infer<typeof FailureLimit>;

const Percent = z.int().min(1).max(100);
const DeviceCount = z.int().min(1).max(MAX_TARGETS);
/** Longer than a week nobody watches a rollout. */
const WaitSeconds = z
  .int()
  .min(0)
  .max(7 * 86_400)
  .default(0);

const maxConcurrency = z.int().min(1).max(MAX_TARGETS).nullable().default(null);
const careless = FailureLimit.nullable().default(null);
const strict = FailureLimit.nullable().default(0);

export const Promotion = z.enum(['auto', 'manual']);
export type Promotion = z.infer<typeof Promotion>;

export const ParallelStrategy = z.strictObject({
  type: z.literal('parallel'),
  max_concurrency: maxConcurrency,
  max_failures: careless,
});

export const RollingStrategy = z
  .strictObject({
    type: z.literal('rolling'),
    /** Devices in one wave: a number, or a percentage of all. */
    batch_size: DeviceCount.optional(),
    batch_percent: Percent.optional(),
    pause_seconds: WaitSeconds,
    max_concurrency: maxConcurrency,
    max_failures: careless,
  })
  .refine(({ batch_size, batch_percent }) => (batch_size === undefined) !== (batch_percent === undefined), {
    path: ['batch_size'],
    message: 'give either batch_size or batch_percent',
  });

export const CanaryStrategy = z
  .strictObject({
    type: z.literal('canary'),
    canary_size: DeviceCount.optional(),
    canary_percent: Percent.optional(),
    /** How long the canaries must stay well before the others follow. */
    bake_seconds: WaitSeconds,
    promote: Promotion.default('auto'),
    max_concurrency: maxConcurrency,
    max_failures: strict,
  })
  .refine(({ canary_size, canary_percent }) => (canary_size === undefined) !== (canary_percent === undefined), {
    path: ['canary_size'],
    message: 'give either canary_size or canary_percent',
  });

/** Run on both sides once the idle side is well, with DEPLOYX_COLOR and DEPLOYX_ACTIVE_COLOR in its environment. */
export const SwitchCommand = z.strictObject({
  command: z.string().trim().min(1, 'must not be empty').max(65_536, 'must be at most 65536 characters'),
  shell: Shell.default('sh'),
});

export const BlueGreenStrategy = z
  .strictObject({
    type: z.literal('blue_green'),
    blue_group_id: GroupId,
    green_group_id: GroupId,
    promote: Promotion.default('auto'),
    switch: SwitchCommand.nullable().default(null),
    max_concurrency: maxConcurrency,
    max_failures: strict,
  })
  .refine(({ blue_group_id, green_group_id }) => blue_group_id !== green_group_id, {
    path: ['green_group_id'],
    message: 'must be another group than blue_group_id',
  });

export const Strategy = z.discriminatedUnion('type', [
  ParallelStrategy,
  RollingStrategy,
  CanaryStrategy,
  BlueGreenStrategy,
]);
export type Strategy = z.infer<typeof Strategy>;
export type StrategyType = Strategy['type'];
export const StrategyType = z.enum(['parallel', 'rolling', 'canary', 'blue_green']);

export const Color = z.enum(['blue', 'green']);
export type Color = z.infer<typeof Color>;
