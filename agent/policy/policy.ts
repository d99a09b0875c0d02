/**
 * What the owner of this machine lets the server do here. It is read from `policy` in `agent.json`; nothing that the
 * server sends can widen it. Every field may be left out: a host without a policy allows everything that the agent's
 * own user may do. {@link file://../actions/run-action.ts} asks it before a job acts; the core takes its limits.
 */
import { z } from 'zod';
import { MAX_TIMEOUT_SECONDS } from '#protocol/limits.ts';
import { AbsolutePath, ActionKind } from '#protocol/spec.ts';
import { Environment } from '#protocol/text.ts';

/** Jobs at once on one machine: more than a few compete for the package manager's lock and the disk. */
const DEFAULT_MAX_PARALLEL = 4;

/** Output kept of one job: enough for any build log, little enough that a runaway loop does not fill the disk. */
const DEFAULT_MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Room for the line that says that output was cut, and some output before it. */
const LEAST_MAX_OUTPUT_BYTES = 4096;

/** Several versions of an ordinary package. */
const DEFAULT_CACHE_BYTES = 2 * 1024 * 1024 * 1024;
/** A mistake that nobody noticed for a month is mended by going forward. */
const DEFAULT_KEEP_DAYS = 30;
/** One for each file and package of a deployment. */
const DEFAULT_BACKUPS = 500;
const DEFAULT_BACKUP_BYTES = 2 * 1024 * 1024 * 1024;

const Pattern = z.string().trim().min(1, 'must not be empty').max(4096, 'must be at most 4096 characters');

export const Policy = z.strictObject({
  /** Kinds of action that may run. */
  actions: z.array(ActionKind).default([...ActionKind.options]),
  /**
   * Patterns of which a command must match one; null allows any. With such a list, scripts and `sh` packages are refused,
   * because what they run is unknown, and a job may set only those variables that `env` names too, because `PATH` and its like
   * change what a command means. The kinds `files` and `software` are doors of their own: see `actions`, `allow_roots`.
   */
  allow_commands: z.array(Pattern).nullable().default(null),
  /** Patterns of which a command, or a script as a whole or in a part, must match none; they win over `allow_commands`. */
  deny_commands: z.array(Pattern).default([]),
  /** Folders under which `files` and `archive` may write; null allows any path that the agent's user may write. */
  allow_roots: z.array(AbsolutePath).nullable().default(null),
  /** User that jobs run as and that owns what they write; null is the agent's own. Needs an agent that runs as root. */
  run_as: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'must be a user name')
    .nullable()
    .default(null),
  max_parallel: z.int().min(1).max(256).default(DEFAULT_MAX_PARALLEL),
  max_output_bytes: z.int().min(LEAST_MAX_OUTPUT_BYTES).default(DEFAULT_MAX_OUTPUT_BYTES),
  /** Caps the time limit of every job. */
  max_seconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).default(MAX_TIMEOUT_SECONDS),
  /** For all downloads of this agent together; null for no limit. A job may ask for less, never for more. */
  max_download_bytes_per_second: z.int().min(1).nullable().default(null),
  /** Packages that were downloaded, kept so that they are not downloaded again; 0 keeps none. */
  cache: z
    .strictObject({
      max_bytes: z.int().min(0).default(DEFAULT_CACHE_BYTES),
      max_age_days: z.int().min(0).default(DEFAULT_KEEP_DAYS),
    })
    .prefault({}),
  /** What jobs replaced, kept so that it can be put back; 0 keeps nothing. The oldest go first. */
  backups: z
    .strictObject({
      max_count: z.int().min(0).default(DEFAULT_BACKUPS),
      max_age_days: z.int().min(0).default(DEFAULT_KEEP_DAYS),
      max_bytes: z.int().min(0).default(DEFAULT_BACKUP_BYTES),
    })
    .prefault({}),
  /** Added to the environment of every job; a job's own variables win. */
  env: Environment.default({}),
});
export type Policy = z.infer<typeof Policy>;

export const defaultPolicy: Policy = Policy.parse({});

/** The time limit that holds for a job here. */
export const effectiveTimeoutSeconds = (policy: Policy, jobSeconds: number): number =>
  Math.min(policy.max_seconds, jobSeconds);
