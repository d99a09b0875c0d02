/** SQL behind plans: what was confirmed, what hosts can do, how long things took before. */
import { and, eq, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { Capabilities } from '#protocol/agent/to-server.ts';
import type { HostId, TeamId } from '#protocol/ids.ts';
import type { ActionKind } from '#protocol/spec.ts';
import type { Database, Statement } from './database.ts';
import { deploymentPlans } from './deployments.tables.ts';
import { inIds } from './hosts.repository.ts';
import { hosts } from './hosts.tables.ts';

/** Keeps what a hash stands for; the same hash always stands for the same. */
export const keepPlan = (db: Database, team: TeamId, hash: string, content: string, created_at: string): Statement =>
  db
    .insert(deploymentPlans)
    .values({ team_id: team, hash, content, created_at })
    .onConflictDoUpdate({ target: [deploymentPlans.team_id, deploymentPlans.hash], set: { created_at } });

/** Null when it was never shown to this team, or too long ago. */
export const findPlan = async (db: Database, team: TeamId, hash: string): Promise<string | null> => {
  const row = await db
    .select({ content: deploymentPlans.content })
    .from(deploymentPlans)
    .where(and(eq(deploymentPlans.team_id, team), eq(deploymentPlans.hash, hash)))
    .get();
  return row?.content ?? null;
};

export const forgetPlans = async (db: Database, before: string): Promise<void> => {
  await db.delete(deploymentPlans).where(lt(deploymentPlans.created_at, before));
};

export type HostAbility = {
  id: HostId;
  online: boolean;
  last_seen_at: string | null;
  capabilities: Capabilities | null;
};

export const hostAbilities = async (db: Database, team: TeamId, ids: readonly HostId[]): Promise<HostAbility[]> => {
  const rows = await db
    .select({
      id: hosts.id,
      online: hosts.online,
      last_seen_at: hosts.last_seen_at,
      capabilities: hosts.capabilities,
    })
    .from(hosts)
    .where(and(eq(hosts.team_id, team), inIds(hosts.id, ids)));
  return rows.map((row) => ({ ...row, capabilities: Capabilities.nullable().catch(null).parse(row.capabilities) }));
};

/** Enough to average over; recent enough to be true. */
const PAST_DEPLOYMENTS = 20;
const PAST_TARGETS = 2000;

const PastRow = z.object({ item: z.string(), seconds: z.number() });

/** Average seconds of completed targets in the last deployments of this kind, by item. */
export const pastSeconds = async (
  db: Database,
  team: TeamId,
  kind: ActionKind,
  labels: readonly string[],
): Promise<Map<string, number>> => {
  const rows = await db.all(sql`
    SELECT item, avg(seconds) AS seconds FROM (
      SELECT item, (julianday(completed_at) - julianday(started_at)) * 86400 AS seconds FROM deployment_targets
      WHERE deployment_id IN (SELECT id FROM deployments WHERE team_id = ${team} AND kind = ${kind} AND ended_at IS NOT NULL ORDER BY id DESC LIMIT ${PAST_DEPLOYMENTS})
        AND item IN (SELECT value FROM json_each(${JSON.stringify(labels)})) AND status = 'completed' AND started_at IS NOT NULL
      LIMIT ${PAST_TARGETS}
    ) GROUP BY item`);
  return new Map(
    z
      .array(PastRow)
      .parse(rows)
      .map(({ item, seconds }) => [item, seconds]),
  );
};
