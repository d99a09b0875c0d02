/** The waves of a deployment from its record. */
import type { Database } from '#database/database.ts';
import { countTargetsByWave } from '#database/deployment-targets.repository.ts';
import { deploymentCounts } from '#domain/deployment/deployment-counts.ts';
import { noCounts } from '#domain/deployment/deployment-state.ts';
import type { Deployment, Wave } from '#protocol/http/deployments.ts';
import type { TeamId } from '#protocol/ids.ts';
import { isFinalDeployment, type TargetStatus } from '#protocol/states.ts';

const statusOf = (deployment: Deployment, wave: number): Wave['status'] => {
  if (isFinalDeployment(deployment.status) || wave < deployment.wave) return 'done';
  return wave > deployment.wave ? 'waiting' : 'running';
};

export const countWaves = async (db: Database, team: TeamId, deployment: Deployment): Promise<Wave[]> => {
  const rows = await countTargetsByWave(db, team, deployment.id);
  return Array.from({ length: deployment.waves }, (_, index) => {
    const counts: Record<TargetStatus, number> = { ...noCounts };
    for (const { wave, status, count } of rows) if (wave === index) counts[status] = count;
    return { wave: index + 1, status: statusOf(deployment, index + 1), ...deploymentCounts(counts) };
  });
};
