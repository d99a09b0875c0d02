/** Waves as people see them, from an object's rows and from the record alike. Pure. */
import type { DeploymentSummary, Wave } from '#protocol/http/deployments.ts';
import { isFinalDeployment, type TargetStatus } from '#protocol/states.ts';
import { deploymentCounts } from './deployment-counts.ts';
import { noCounts } from './deployment-state.ts';

/** Targets of one wave in one status; `wave` counts from 0. */
export type WaveCount = { wave: number; status: TargetStatus; count: number };

type Going = Pick<DeploymentSummary, 'status' | 'wave' | 'waves' | 'gate'>;

/** Waves before the current one are over, those behind it have not begun. `wave` counts from 1. */
const statusOf = ({ status, wave: current, gate }: Going, wave: number): Wave['status'] => {
  if (wave < current || isFinalDeployment(status)) return 'done';
  if (wave > current || status === 'pending') return 'waiting';
  return gate === null ? 'running' : 'done';
};

export const wavesOf = (deployment: Going, counts: readonly WaveCount[]): Wave[] => {
  const byWave = Map.groupBy(counts, ({ wave }) => wave);
  return Array.from({ length: deployment.waves }, (_, index) => {
    const known = (byWave.get(index) ?? []).map(({ status, count }) => [status, count]);
    return {
      wave: index + 1,
      status: statusOf(deployment, index + 1),
      ...deploymentCounts({ ...noCounts, ...Object.fromEntries(known) }),
    };
  });
};
