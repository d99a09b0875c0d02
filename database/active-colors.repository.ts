/** SQL of blue and green: which side of a pair serves. */
import { and, eq, sql } from 'drizzle-orm';
import type { ActiveColor } from '#protocol/http/deployments.ts';
import type { GroupId, TeamId } from '#protocol/ids.ts';
import type { Database, Statement } from './database.ts';
import { activeColors } from './deployments.tables.ts';

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

/** A team has a handful of pairs. */
const MAX_PAIRS = 200;

export const listActiveColors = (db: Database, team: TeamId): Promise<ActiveColor[]> =>
  db.select(columns).from(activeColors).where(eq(activeColors.team_id, team)).limit(MAX_PAIRS);
