/** Where deployments come from, for whoever knows them by id alone. */
import { and, eq } from 'drizzle-orm';
import type { DeploymentId, ScheduleId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { deployments } from './deployments.tables.ts';
import { inIds } from './hosts.repository.ts';

/** When deployments were made, and what fired them. */
export const deploymentOrigins = async (
  db: Database,
  team: TeamId,
  ids: readonly DeploymentId[],
): Promise<Map<DeploymentId, { created_at: string; schedule_id: ScheduleId | null }>> => {
  const rows = await db
    .select({ id: deployments.id, created_at: deployments.created_at, schedule_id: deployments.schedule_id })
    .from(deployments)
    .where(and(eq(deployments.team_id, team), inIds(deployments.id, ids)));
  return new Map(rows.map(({ id, ...origin }) => [id, origin]));
};
