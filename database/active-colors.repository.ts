/** SQL of blue and green: which side of a pair serves. */
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { ActiveColor } from '#protocol/http/deployments.ts';
import type { DeploymentId, GroupId, TeamId } from '#protocol/ids.ts';
import type { Database, Statement } from './database.ts';
import { activeColors, deployments } from './deployments.tables.ts';
import { OPEN_DEPLOYMENT } from './file-in-use.ts';

/** For the batch that records the end of the deployment that switched. One that is recorded again leaves a later switch alone. */
export const recordActiveColor = (db: Database, team: TeamId, color: ActiveColor): Statement =>
  db
    .insert(activeColors)
    .values({ team_id: team, ...color })
    .onConflictDoUpdate({
      target: [activeColors.team_id, activeColors.blue_group_id, activeColors.green_group_id],
      set: { active: color.active, deployment_id: color.deployment_id, switched_at: color.switched_at },
      setWhere: sql`${activeColors.switched_at} <= excluded.switched_at`,
    });

const columns = {
  blue_group_id: activeColors.blue_group_id,
  green_group_id: activeColors.green_group_id,
  active: activeColors.active,
  deployment_id: activeColors.deployment_id,
  switched_at: activeColors.switched_at,
};

/** Null until the pair was switched for the first time. */
export const findActiveColor = async (
  db: Database,
  team: TeamId,
  blue: GroupId,
  green: GroupId,
): Promise<ActiveColor | null> => {
  const row = await db
    .select(columns)
    .from(activeColors)
    .where(
      and(eq(activeColors.team_id, team), eq(activeColors.blue_group_id, blue), eq(activeColors.green_group_id, green)),
    )
    .get();
  return row ?? null;
};

/** A deployment that goes on and may switch this pair; null when there is none. */
export const findOpenSwitch = async (
  db: Database,
  team: TeamId,
  blue: GroupId,
  green: GroupId,
): Promise<DeploymentId | null> => {
  const row = await db
    .select({ id: deployments.id })
    .from(deployments)
    .where(
      and(
        eq(deployments.team_id, team),
        inArray(deployments.status, OPEN_DEPLOYMENT),
        eq(deployments.strategy, 'blue_green'),
        sql`${deployments.activates} ->> 'blue_group_id' = ${blue} AND ${deployments.activates} ->> 'green_group_id' = ${green}`,
      ),
    )
    .limit(1)
    .get();
  return row?.id ?? null;
};

/** A team has a handful of pairs. */
const MAX_PAIRS = 200;

export const listActiveColors = (db: Database, team: TeamId): Promise<ActiveColor[]> =>
  db.select(columns).from(activeColors).where(eq(activeColors.team_id, team)).limit(MAX_PAIRS);
