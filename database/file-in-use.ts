/** Whether something needs a file: a catalogue entry, a deployment that has not ended, or a schedule that may fire again. A condition for statements about `files`. */
import { and, eq, exists, inArray, type SQL, sql } from 'drizzle-orm';
import type { TeamId } from '#protocol/ids.ts';
import { DeploymentStatus, isFinalDeployment } from '#protocol/states.ts';
import type { Database } from './database.ts';
import { deploymentFiles, deployments } from './deployments.tables.ts';
import { files } from './files.tables.ts';
import { scheduleNeeds } from './schedule-uses.ts';
import { software } from './software.tables.ts';

/** Named one by one, and not as those that have not ended, so that an index finds the few that are open. */
export const OPEN_DEPLOYMENT = DeploymentStatus.options.filter((status) => !isFinalDeployment(status));

/**
 * Of a row of `files` in the statement around it. The files of open deployments are looked up once and not for each row; `teamId`
 * keeps that to one team's.
 */
export const fileIsInUse = (db: Database, teamId: TeamId | null): SQL => {
  const entries = db
    .select({ id: software.id })
    .from(software)
    .where(and(eq(software.file_id, files.id), eq(software.team_id, files.team_id)));
  const needed = db
    .select({ file_id: deploymentFiles.file_id })
    .from(deployments)
    .innerJoin(deploymentFiles, eq(deploymentFiles.deployment_id, deployments.id))
    .where(
      and(teamId === null ? undefined : eq(deployments.team_id, teamId), inArray(deployments.status, OPEN_DEPLOYMENT)),
    );
  return sql`(${exists(entries)} or ${inArray(files.id, needed)} or ${scheduleNeeds('file', files.id, files.team_id)})`;
};
