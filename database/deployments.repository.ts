/** SQL of deployments and their targets. Targets are written and updated in bulk: one statement for up to a thousand. */
import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { JobAction } from '#protocol/agent/job.ts';
import type { Deployment, DeploymentSummary, Target } from '#protocol/http/deployments.ts';
import type { DeploymentId, FileId, TargetId, TeamId, UserId } from '#protocol/ids.ts';
import { type ActionKind, Spec } from '#protocol/spec.ts';
import type { DeploymentStatus, TargetStatus } from '#protocol/states.ts';
import { type Database, type Statement, statement } from './database.ts';
import { deploymentFiles, deployments, deploymentTargets } from './deployments.tables.ts';
import { after, containing, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

export const DeploymentItems = z.array(z.object({ label: z.string(), action: JobAction }));
export type DeploymentItems = z.infer<typeof DeploymentItems>;

export type NewTarget = Pick<
  typeof deploymentTargets.$inferSelect,
  'id' | 'device_id' | 'device_key' | 'device_name' | 'host_id' | 'item_index' | 'item'
>;

export type NewDeployment = {
  id: DeploymentId;
  name: string;
  spec: Spec;
  items: DeploymentItems;
  created_by: string;
  created_by_id: UserId;
  created_at: string;
  file_ids: FileId[];
  targets: NewTarget[];
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
  }),
  ...chunks(deployment.targets).map((targets) => insertTargets(db, team, deployment.id, targets)),
  ...deployment.file_ids.map((file_id) => db.insert(deploymentFiles).values({ deployment_id: deployment.id, file_id })),
];

const insertTargets = (
  db: Database,
  team: TeamId,
  deployment: DeploymentId,
  targets: readonly NewTarget[],
): Statement =>
  statement(
    db,
    sql`INSERT INTO deployment_targets (id, team_id, deployment_id, device_id, device_key, device_name, host_id, item_index, item, status)
    SELECT value ->> 'id', ${team}, ${deployment}, value ->> 'device_id', value ->> 'device_key', value ->> 'device_name', value ->> 'host_id',
      value ->> 'item_index', value ->> 'item', 'pending' FROM json_each(${JSON.stringify(targets)})`,
  );

export type RecordedTarget = Target & { version: number };

/** Brings the record up to what the deployment's object says. Older versions change nothing. */
export const recordProgress = async (
  db: Database,
  team: TeamId,
  summary: DeploymentSummary & { version: number },
  batches: readonly (readonly RecordedTarget[])[],
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
    version,
  };
  const deployment = db
    .update(deployments)
    .set(changes)
    .where(and(eq(deployments.team_id, team), eq(deployments.id, id), lt(deployments.version, version)));
  // The deployment comes last: once it reads as ended, its targets do too.
  const targets = batches.filter((batch) => batch.length > 0).map((batch) => updateTargets(db, team, batch));
  const [first, ...rest]: Statement[] = [...targets, deployment];
  if (first !== undefined) await db.batch([first, ...rest]);
};

const updateTargets = (db: Database, team: TeamId, targets: readonly RecordedTarget[]): Statement =>
  statement(
    db,
    sql`UPDATE deployment_targets SET
      status = j.value ->> 'status', attempt = j.value ->> 'attempt', progress_percent = j.value ->> 'progress_percent',
      result_message = j.value ->> 'result_message', error_details = j.value ->> 'error_details', exit_code = j.value ->> 'exit_code',
      waiting_for = j.value ->> 'waiting_for', started_at = j.value ->> 'started_at', completed_at = j.value ->> 'completed_at',
      version = j.value ->> 'version'
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
};

export const findDeployment = async (db: Database, team: TeamId, id: DeploymentId): Promise<Deployment | null> => {
  const row = await db
    .select({ ...summaryColumns, spec: deployments.spec })
    .from(deployments)
    .where(and(eq(deployments.team_id, team), eq(deployments.id, id)))
    .get();
  return row === undefined ? null : { ...row, spec: Spec.parse(JSON.parse(row.spec)) };
};

export type DeploymentFilter = {
  kind?: ActionKind | undefined;
  status?: DeploymentStatus | undefined;
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
        filter.q === undefined ? undefined : containing(deployments.name, filter.q),
        after(deployments.id, page),
      ),
    )
    .orderBy(desc(deployments.id))
    .limit(limitOf(page));
  return pageFrom(rows, page);
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
};

export type TargetSelection = { status: TargetStatus | null; after: TargetId | null; limit: number };

/** Targets in the order of their ids, as the deployment's object pages them. */
export const listTargets = (
  db: Database,
  team: TeamId,
  deployment: DeploymentId,
  selection: TargetSelection,
): Promise<Target[]> =>
  db
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
    .orderBy(asc(deploymentTargets.id));
  return {
    deployment,
    spec: Spec.parse(JSON.parse(deployment.spec)),
    items: DeploymentItems.parse(JSON.parse(deployment.items)),
    targets,
  };
};
