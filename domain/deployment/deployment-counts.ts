import type { Counts } from '#protocol/http/deployments.ts';
import { successRate } from './decide.ts';
import { inFlight, type TargetCounts, total } from './deployment-state.ts';

/** Targets as people count them: what is on its way is one number. */
export const deploymentCounts = (counts: TargetCounts): Counts => ({
  total_targets: total(counts),
  pending: counts.pending,
  running: inFlight(counts),
  completed: counts.completed,
  failed: counts.failed,
  skipped: counts.skipped,
  canceled: counts.canceled,
  success_rate: successRate(counts),
});
