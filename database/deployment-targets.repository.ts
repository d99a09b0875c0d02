/** SQL of targets. They are written and updated in bulk: one statement for up to a thousand. */
import { and, asc, count, eq, gt, sql } from 'drizzle-orm';
import { UndoOffer } from '#protocol/agent/to-server.ts';
import type { Target } from '#protocol/http/deployments.ts';
import type { DeploymentId, TargetId, TeamId } from '#protocol/ids.ts';
import type { TargetStatus } from '#protocol/states.ts';
import { type Database, type Statement, statement } from './database.ts';
import { deploymentTargets } from './deployments.tables.ts';

export type NewTarget = Pick<
  typeof deploymentTargets.$inferSelect,
  'id' | 'device_id' | 'device_key' | 'device_name' | 'host_id' | 'item_index' | 'item' | 'wave' | 'undoes'
>;

/** Rows in one statement: a bound value holds about 400 kB, well below D1's limit of 2 MB. */
const ROWS_PER_STATEMENT = 1000;

/** As many together as one statement takes. */
export const chunks = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / ROWS_PER_STATEMENT) }, (_, index) =>
    items.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );

export const insertTargets = (
  db: Database,
  team: TeamId,
  deployment: DeploymentId,
  targets: readonly NewTarget[],
): Statement[] => chunks(targets).map((rows) => insertRows(db, team, deployment, rows));

const insertRows = (db: Database, team: TeamId, deployment: DeploymentId, targets: readonly NewTarget[]): Statement =>
  statement(
    db,
    sql`INSERT INTO deployment_targets (id, team_id, deployment_id, device_id, device_key, device_name, host_id, item_index, item, wave, undoes, status)
    SELECT value ->> 'id', ${team}, ${deployment}, value ->> 'device_id', value ->> 'device_key', value ->> 'device_name', value ->> 'host_id',
      value ->> 'item_index', value ->> 'item', value ->> 'wave', value ->> 'undoes', 'pending' FROM json_each(${JSON.stringify(targets)})`,
  );

export type RecordedTarget = Target & { version: number };

export const updateTargets = (db: Database, team: TeamId, targets: readonly RecordedTarget[]): Statement =>
  statement(
    db,
    sql`UPDATE deployment_targets SET
      status = j.value ->> 'status', attempt = j.value ->> 'attempt', progress_percent = j.value ->> 'progress_percent',
      result_message = j.value ->> 'result_message', error_details = j.value ->> 'error_details', exit_code = j.value ->> 'exit_code',
      waiting_for = j.value ->> 'waiting_for', started_at = j.value ->> 'started_at', completed_at = j.value ->> 'completed_at',
      undo = j.value ->> 'undo', version = j.value ->> 'version'
    FROM json_each(${JSON.stringify(targets)}) AS j
    WHERE deployment_targets.id = j.value ->> 'id' AND deployment_targets.team_id = ${team} AND deployment_targets.version < j.value ->> 'version'`,
  );

const targetColumns = {
  id: deploymentTargets.id,
  device_id: deploymentTargets.device_id,
  device_name: deploymentTargets.device_name,
  host_id: deploymentTargets.host_id,
  item: deploymentTargets.item,
  status: deploymentTargets.status,
  attempt: deploymentTargets.attempt,
  progress_percent: deploymentTargets.progress_percent,
  result_message: deploymentTargets.result_message,
  error_details: deploymentTargets.error_details,
  exit_code: deploymentTargets.exit_code,
  waiting_for: deploymentTargets.waiting_for,
  started_at: deploymentTargets.started_at,
  completed_at: deploymentTargets.completed_at,
  wave: deploymentTargets.wave,
  undo: deploymentTargets.undo,
};

export const targetFrom = <Row extends { undo: string | null }>(row: Row) => ({
  ...row,
  undo: row.undo === null ? null : UndoOffer.parse(JSON.parse(row.undo)),
});

export type TargetSelection = { status: TargetStatus | null; after: TargetId | null; limit: number };

/** Targets in the order of their ids, as the deployment's object pages them. */
export const listTargets = async (
  db: Database,
  team: TeamId,
  deployment: DeploymentId,
  selection: TargetSelection,
): Promise<Target[]> => {
  const rows = await db
    .select(targetColumns)
    .from(deploymentTargets)
    .where(
      and(
        eq(deploymentTargets.team_id, team),
        eq(deploymentTargets.deployment_id, deployment),
        selection.status === null ? undefined : eq(deploymentTargets.status, selection.status),
        selection.after === null ? undefined : gt(deploymentTargets.id, selection.after),
      ),
    )
    .orderBy(asc(deploymentTargets.id))
    .limit(selection.limit);
  return rows.map((row) => ({ ...targetFrom(row), wave: row.wave + 1 }));
};

/** A target's host and recorded status; null when the team has no such target. */
export const findTarget = async (db: Database, team: TeamId, deployment: DeploymentId, target: TargetId) => {
  const row = await db
    .select({ host_id: deploymentTargets.host_id, status: deploymentTargets.status })
    .from(deploymentTargets)
    .where(
      and(
        eq(deploymentTargets.team_id, team),
        eq(deploymentTargets.deployment_id, deployment),
        eq(deploymentTargets.id, target),
      ),
    )
    .get();
  return row ?? null;
};

/** `wave` counts from 0. */
export const countTargetsByWave = (db: Database, team: TeamId, deployment: DeploymentId) =>
  db
    .select({ wave: deploymentTargets.wave, status: deploymentTargets.status, count: count() })
    .from(deploymentTargets)
    .where(and(eq(deploymentTargets.team_id, team), eq(deploymentTargets.deployment_id, deployment)))
    .groupBy(deploymentTargets.wave, deploymentTargets.status);
