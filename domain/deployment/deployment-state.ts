/** What a deployment's decisions are made from. Targets are counted, not listed: there may be ten thousand. */
import type { DeploymentStatus, TargetStatus } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';
import type { Rollout } from './rollout.ts';

/** Epoch milliseconds. */
export type TargetCounts = Readonly<Record<TargetStatus, number>>;

/** What is waited for between two waves, and until when at the latest. */
export type Gate = { kind: 'pause' | 'promotion'; until: Millis };

export type DeploymentState = {
  status: DeploymentStatus;
  counts: TargetCounts;
  rollout: Rollout;
  /** The wave that goes on, counted from 0. */
  wave: number;
  gate: Gate | null;
  cancelRequested: boolean;
  /** Why targets that had not gone were given up; null while none were. */
  stopReason: string | null;
  rollbackOnFailure: boolean;
  /** It ended in a way that the spec wants undone. */
  rollbackDue: boolean;
  startedAt: Millis | null;
  endedAt: Millis | null;
};

/** What a host said of one target, and what is known of it. */
export type TargetState = {
  status: TargetStatus;
  /** Version of the last report taken from the host; 0 before the first. */
  reportVersion: number;
};

export const noCounts: TargetCounts = {
  pending: 0,
  queued: 0,
  downloading: 0,
  installing: 0,
  running: 0,
  verifying: 0,
  completed: 0,
  failed: 0,
  canceled: 0,
  skipped: 0,
};

export const pendingDeployment = (rollout: Rollout, rollbackOnFailure: boolean): DeploymentState => ({
  status: 'pending',
  counts: { ...noCounts, pending: rollout.ends.at(-1) ?? 0 },
  rollout,
  wave: 0,
  gate: null,
  cancelRequested: false,
  stopReason: null,
  rollbackOnFailure,
  rollbackDue: false,
  startedAt: null,
  endedAt: null,
});

export const inFlight = (counts: TargetCounts): number =>
  counts.queued + counts.downloading + counts.installing + counts.running + counts.verifying;

export const total = (counts: TargetCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

export const move = (counts: TargetCounts, from: TargetStatus, to: TargetStatus, count = 1): TargetCounts =>
  from === to ? counts : { ...counts, [from]: counts[from] - count, [to]: counts[to] + count };

/** How many targets have gone once the current wave has. */
export const waveEnd = ({ rollout, wave }: DeploymentState): number => rollout.ends[wave] ?? 0;

/** How many targets have gone: they go in order, and until the deployment stops nothing else takes one from `pending`. */
export const gone = ({ counts }: DeploymentState): number => total(counts) - counts.pending;
