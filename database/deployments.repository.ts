/** SQL of deployments and their targets. Targets are written and updated in bulk: one statement for up to a thousand. */
import { and, asc, count, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { JobAction } from '#protocol/agent/job.ts';
import { UndoOffer } from '#protocol/agent/to-server.ts';
import { HealthCheck } from '#protocol/health-check.ts';
import {
  Activates,
  type Deployment,
  type DeploymentSummary,
  Gate,
  type Relation,
  type Target,
} from '#protocol/http/deployments.ts';
import type { DeploymentId, FileId, TargetId, TeamId, UserId } from '#protocol/ids.ts';
import { type ActionKind, Spec } from '#protocol/spec.ts';
import { withoutSecrets } from '#protocol/spec-secrets.ts';
import type { DeploymentStatus, TargetStatus } from '#protocol/states.ts';
import { Color } from '#protocol/strategy.ts';
import { recordActiveColor } from './active-colors.repository.ts';
import { type Database, type Statement, statement } from './database.ts';
import { deploymentFiles, deployments, deploymentTargets } from './deployments.tables.ts';
import { OPEN_DEPLOYMENT } from './file-in-use.ts';
import { touchFiles } from './files.repository.ts';
import { after, containing, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

export const DeploymentItems = z.array(
  z.object({ label: z.string(), action: JobAction, health_check: HealthCheck.nullable(), side: Color.nullable() }),
);
export type DeploymentItems = z.infer<typeof DeploymentItems>;

export type NewTarget = Pick<
  typeof deploymentTargets.$inferSelect,
  'id' | 'device_id' | 'device_key' | 'device_name' | 'host_id' | 'item_index' | 'item' | 'wave' | 'undoes'
>;

export type NewDeployment = {
  id: DeploymentId;
  name: string;
  spec: Spec;
  items: DeploymentItems;
  created_by: string | null;
  created_by_id: UserId | null;
  created_at: string;
  file_ids: FileId[];
  targets: NewTarget[];
  waves: number;
  parent: { id: DeploymentId; relation: Relation } | null;
  activates: Activates | null;
};

/** Rows in one statement: a bound value holds about 400 kB, well below D1's limit of 2 MB. */
const ROWS_PER_STATEMENT = 1000;

const chunks = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / ROWS_PER_STATEMENT) }, (_, index) =>
    items.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );

/** The statements that write a deployment with its targets; run them in one batch. */
export const insertDeployment = (
  db: Database,
  team: TeamId,
  deployment: NewDeployment,
): [Statement, ...Statement[]] => [
  db.insert(deployments).values({
    id: deployment.id,
    team_id: team,
    name: deployment.name,
    kind: deployment.spec.action.kind,
    status: 'pending',
    spec: JSON.stringify(deployment.spec),
    items: JSON.stringify(deployment.items),
    created_by: deployment.created_by,
    created_by_id: deployment.created_by_id,
    created_at: deployment.created_at,
    total_targets: deployment.targets.length,
    pending: deployment.targets.length,
    strategy: deployment.spec.strategy.type,
    waves: deployment.waves,
    parent_id: deployment.parent?.id ?? null,
    relation: deployment.parent?.relation ?? null,
    activates: deployment.activates === null ? null : JSON.stringify(deployment.activates),
  }),
  ...chunks(deployment.targets).map((targets) => insertTargets(db, team, deployment.id, targets)),
  ...deployment.file_ids.map((file_id) => db.insert(deploymentFiles).values({ deployment_id: deployment.id, file_id })),
  ...(deployment.file_ids.length > 0 ? [touchFiles(db, team, deployment.file_ids, deployment.created_at)] : []),
];

const insertTargets = (
  db: Database,
  team: TeamId,
  deployment: DeploymentId,
  targets: readonly NewTarget[],
): Statement =>
  statement(
    db,
    sql`INSERT INTO deployment_targets (id, team_id, deployment_id, device_id, device_key, device_name, host_id, item_index, item, wave, undoes, status)
    SELECT value ->> 'id', ${team}, ${deployment}, value ->> 'device_id', value ->> 'device_key', value ->> 'device_name', value ->> 'host_id',
      value ->> 'item_index', value ->> 'item', value ->> 'wave', value ->> 'undoes', 'pending' FROM json_each(${JSON.stringify(targets)})`,
  );

export type RecordedTarget = Target & { version: number };

/** Brings the record up to what the deployment's object says; `switched` is the side that it made serve. Older versions change nothing. */
export const recordProgress = async (
  db: Database,
  team: TeamId,
  summary: DeploymentSummary & { version: number },
  batches: readonly (readonly RecordedTarget[])[],
  switched: Activates | null,
): Promise<void> => {
  const { id, version, ...fields } = summary;
  const changes = {
    status: fields.status,
    started_at: fields.started_at,
    ended_at: fields.ended_at,
    pending: fields.pending,
    running: fields.running,
    completed: fields.completed,
    failed: fields.failed,
    skipped: fields.skipped,
    canceled: fields.canceled,
    success_rate: fields.success_rate,
    wave: fields.wave,
    gate: fields.gate === null ? null : JSON.stringify(fields.gate),
    stop_reason: fields.stop_reason,
    rollback_id: fields.rollback_id,
    version,
  };
  const deployment = db
    .update(deployments)
    .set(changes)
    .where(and(eq(deployments.team_id, team), eq(deployments.id, id), lt(deployments.version, version)));
  // The deployment comes last: once it reads as ended, its targets do too.
  const targets = batches.filter((batch) => batch.length > 0).map((batch) => updateTargets(db, team, batch));
  const color = switched && { ...switched, deployment_id: id, switched_at: fields.ended_at ?? fields.created_at };
  const colors = color === null ? [] : [recordActiveColor(db, team, color)];
  const [first, ...rest]: Statement[] = [...targets, ...colors, deployment];
  if (first !== undefined) await db.batch([first, ...rest]);
};

const updateTargets = (db: Database, team: TeamId, targets: readonly RecordedTarget[]): Statement =>
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

const summaryColumns = {
  id: deployments.id,
  name: deployments.name,
  kind: deployments.kind,
  status: deployments.status,
  created_by: deployments.created_by,
  created_at: deployments.created_at,
  started_at: deployments.started_at,
  ended_at: deployments.ended_at,
  total_targets: deployments.total_targets,
  pending: deployments.pending,
  running: deployments.running,
  completed: deployments.completed,
  failed: deployments.failed,
  skipped: deployments.skipped,
  canceled: deployments.canceled,
  success_rate: deployments.success_rate,
  strategy: deployments.strategy,
  wave: deployments.wave,
  waves: deployments.waves,
  gate: deployments.gate,
  stop_reason: deployments.stop_reason,
  parent_id: deployments.parent_id,
  relation: deployments.relation,
  rollback_id: deployments.rollback_id,
};

type SummaryRow = Omit<DeploymentSummary, 'gate' | 'parent'> & {
  gate: string | null;
  parent_id: DeploymentId | null;
  relation: Relation | null;
};

const parentOf = ({ parent_id, relation }: { parent_id: DeploymentId | null; relation: Relation | null }) =>
  parent_id === null || relation === null ? null : { id: parent_id, relation };

const summaryFrom = <Row extends SummaryRow>({ gate, parent_id, relation, ...row }: Row) => ({
  ...row,
  gate: gate === null ? null : Gate.parse(JSON.parse(gate)),
  parent: parentOf({ parent_id, relation }),
});

/** As it is shown: without secrets. */
export const findDeployment = async (db: Database, team: TeamId, id: DeploymentId): Promise<Deployment | null> => {
  const row = await db
    .select({ ...summaryColumns, spec: deployments.spec })
    .from(deployments)
    .where(and(eq(deployments.team_id, team), eq(deployments.id, id)))
    .get();
  return row === undefined ? null : { ...summaryFrom(row), spec: withoutSecrets(Spec.parse(JSON.parse(row.spec))) };
};

/** The latest rollback of a deployment that goes on or has completed; null when there is none. */
export const findRollback = async (db: Database, team: TeamId, of: DeploymentId) => {
  const row = await db
    .select({ id: deployments.id, status: deployments.status })
    .from(deployments)
    .where(
      and(
        eq(deployments.team_id, team),
        eq(deployments.parent_id, of),
        eq(deployments.relation, 'rollback'),
        inArray(deployments.status, [...OPEN_DEPLOYMENT, 'completed']),
      ),
    )
    .orderBy(desc(deployments.id))
    .limit(1)
    .get();
  return row ?? null;
};

export type DeploymentFilter = {
  kind?: ActionKind | undefined;
  status?: DeploymentStatus | undefined;
  parent?: DeploymentId | undefined;
  q?: string | undefined;
};

export const listDeployments = async (
  db: Database,
  team: TeamId,
  filter: DeploymentFilter,
  page: PageRequest,
): Promise<Page<DeploymentSummary>> => {
  const rows = await db
    .select(summaryColumns)
    .from(deployments)
    .where(
      and(
        eq(deployments.team_id, team),
        filter.kind === undefined ? undefined : eq(deployments.kind, filter.kind),
        filter.status === undefined ? undefined : eq(deployments.status, filter.status),
        filter.parent === undefined ? undefined : eq(deployments.parent_id, filter.parent),
        filter.q === undefined ? undefined : containing(deployments.name, filter.q),
        after(deployments.id, page),
      ),
    )
    .orderBy(desc(deployments.id))
    .limit(limitOf(page));
  return pageFrom(rows.map(summaryFrom), page);
};

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

const targetFrom = <Row extends { undo: string | null }>(row: Row) => ({
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

/** Deployments of all teams that should have gone on before `before`: their object was not woken. */
export const findOverdue = (db: Database, before: string) =>
  db
    .select({ id: deployments.id })
    .from(deployments)
    .where(and(eq(deployments.status, 'in_progress'), sql`${deployments.gate} ->> 'until' < ${before}`))
    .limit(50);

/** Deployments made before `before` that never left `pending`, of all teams: their start was lost and is repeated. */
export const findNeverStarted = (db: Database, before: string) =>
  db
    .select({ id: deployments.id, team_id: deployments.team_id })
    .from(deployments)
    .where(and(eq(deployments.status, 'pending'), lt(deployments.created_at, before)))
    .limit(50);

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

/** `wave` counts from 0. */
export const countTargetsByWave = (db: Database, team: TeamId, deployment: DeploymentId) =>
  db
    .select({ wave: deploymentTargets.wave, status: deploymentTargets.status, count: count() })
    .from(deploymentTargets)
    .where(and(eq(deploymentTargets.team_id, team), eq(deploymentTargets.deployment_id, deployment)))
    .groupBy(deploymentTargets.wave, deploymentTargets.status);
