/** SQL behind starts: what a record holds for one, and which records were left behind. */
import { and, asc, eq, lt, sql } from 'drizzle-orm';
import { Activates } from '#protocol/http/deployments.ts';
import type { DeploymentId, FileId, TeamId } from '#protocol/ids.ts';
import { Firing } from '#protocol/schedule.ts';
import { Spec } from '#protocol/spec.ts';
import type { Database } from './database.ts';
import { targetFrom } from './deployment-targets.repository.ts';
import { DeploymentItems, parentOf } from './deployments.repository.ts';
import { deploymentFiles, deployments, deploymentTargets } from './deployments.tables.ts';

/** Everything that a start needs, read back from the record. */
export const loadForStart = async (db: Database, team: TeamId, id: DeploymentId) => {
  const deployment = await db
    .select()
    .from(deployments)
    .where(and(eq(deployments.team_id, team), eq(deployments.id, id)))
    .get();
  if (deployment === undefined) return null;
  const targets = await db
    .select()
    .from(deploymentTargets)
    .where(and(eq(deploymentTargets.team_id, team), eq(deploymentTargets.deployment_id, id)))
    .orderBy(asc(deploymentTargets.wave), asc(deploymentTargets.id));
  return {
    deployment,
    spec: Spec.parse(JSON.parse(deployment.spec)),
    items: DeploymentItems.parse(JSON.parse(deployment.items)),
    targets: targets.map(targetFrom),
    parent: parentOf(deployment),
    firing: deployment.firing === null ? null : Firing.parse(JSON.parse(deployment.firing)),
    activates: deployment.activates === null ? null : Activates.parse(JSON.parse(deployment.activates)),
  };
};

/** Stored files that a deployment needs. */
export const fileIdsOf = async (db: Database, id: DeploymentId): Promise<FileId[]> => {
  const rows = await db
    .select({ file_id: deploymentFiles.file_id })
    .from(deploymentFiles)
    .where(eq(deploymentFiles.deployment_id, id));
  return rows.map(({ file_id }) => file_id);
};

/** Deployments made before `before` that never left `pending`, of all teams: their start was lost and is repeated. */
export const findNeverStarted = (db: Database, before: string) =>
  db
    .select({ id: deployments.id, team_id: deployments.team_id })
    .from(deployments)
    .where(and(eq(deployments.status, 'pending'), lt(deployments.created_at, before)))
    .limit(50);

/** Deployments of all teams that should have gone on before `before`: their object was not woken. */
export const findOverdue = (db: Database, before: string) =>
  db
    .select({ id: deployments.id })
    .from(deployments)
    .where(and(eq(deployments.status, 'in_progress'), sql`${deployments.gate} ->> 'until' < ${before}`))
    .limit(50);
