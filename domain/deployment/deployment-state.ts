/** What a deployment's decisions are made from. Targets are counted, not listed: there may be ten thousand. */
import type { DeploymentStatus, TargetStatus } from '#protocol/states.ts';

/** Epoch milliseconds. */
export type Millis = number;

export type TargetCounts = Readonly<Record<TargetStatus, number>>;

export type DeploymentState = {
  status: DeploymentStatus;
  counts: TargetCounts;
  /** At most so many targets in flight at once; null for no bound. */
  maxConcurrency: number | null;
  /** The error budget: more failures than this stop the deployment; null for no bound. */
  maxFailures: number | null;
  cancelRequested: boolean;
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

export const inFlight = (counts: TargetCounts): number =>
  counts.queued + counts.downloading + counts.installing + counts.running + counts.verifying;

export const total = (counts: TargetCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

export const move = (counts: TargetCounts, from: TargetStatus, to: TargetStatus, count = 1): TargetCounts =>
  from === to ? counts : { ...counts, [from]: counts[from] - count, [to]: counts[to] + count };
