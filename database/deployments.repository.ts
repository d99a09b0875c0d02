/** SQL of deployments: the record of what was asked for and how it went. */
import { and, desc, eq, inArray, lt } from 'drizzle-orm';
import { z } from 'zod';
import { executionsOf } from '#domain/schedule/execution.ts';
import { JobAction } from '#protocol/agent/job.ts';
import { HealthCheck } from '#protocol/health-check.ts';
import {
  type Activates,
  type Deployment,
  type DeploymentSummary,
  Gate,
  type Relation,
} from '#protocol/http/deployments.ts';
import type { DeploymentId, FileId, ScheduleId, TeamId, UserId } from '#protocol/ids.ts';
import type { Firing } from '#protocol/schedule.ts';
import { type ActionKind, Spec } from '#protocol/spec.ts';
import { withoutSecrets } from '#protocol/spec-secrets.ts';
import type { DeploymentStatus } from '#protocol/states.ts';
import { Color } from '#protocol/strategy.ts';
import { recordActiveColor } from './active-colors.repository.ts';
import type { Database, Statement } from './database.ts';
import {
  chunks,
  insertTargets,
  type NewTarget,
  type RecordedTarget,
  updateTargets,
} from './deployment-targets.repository.ts';
import { deploymentFiles, deployments } from './deployments.tables.ts';
import { OPEN_DEPLOYMENT } from './file-in-use.ts';
import { touchFiles } from './files.repository.ts';
import { after, containing, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';
import { type RecordedExecution, upsertExecutions } from './schedule-records.repository.ts';

export const DeploymentItems = z.array(
  z.object({ label: z.string(), action: JobAction, health_check: HealthCheck.nullable(), side: Color.nullable() }),
);
export type DeploymentItems = z.infer<typeof DeploymentItems>;

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
  /** Null when no schedule fired it. */
  firing: Firing | null;
};

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
    schedule_id: deployment.firing?.schedule_id ?? null,
    scheduled_at: deployment.firing?.scheduled_at ?? null,
    firing: deployment.firing === null ? null : JSON.stringify(deployment.firing),
  }),
  ...insertTargets(db, team, deployment.id, deployment.targets),
  ...insertExecutions(db, team, deployment),
  ...deployment.file_ids.map((file_id) => db.insert(deploymentFiles).values({ deployment_id: deployment.id, file_id })),
  ...(deployment.file_ids.length > 0 ? [touchFiles(db, team, deployment.file_ids, deployment.created_at)] : []),
];

/** Of one that a schedule fires: they are there as soon as their deployment is. */
const insertExecutions = (db: Database, team: TeamId, { id, firing, targets }: NewDeployment): Statement[] => {
  if (firing === null) return [];
  const fresh = targets.map((target) => ({
    ...target,
    status: 'pending' as const,
    result_message: null,
    started_at: null,
    completed_at: null,
  }));
  const rows = executionsOf(firing, id, fresh).map(({ execution }) => ({ ...execution, version: 0 }));
  return chunks(rows).map((slice) => upsertExecutions(db, team, slice));
};

/** Brings the record up to what the deployment's object says; `switched` is the side that it made serve. Older versions change nothing. */
export const recordProgress = async (
  db: Database,
  team: TeamId,
  summary: DeploymentSummary & { version: number },
  batches: readonly (readonly RecordedTarget[])[],
  switched: Activates | null,
  executions: readonly (readonly RecordedExecution[])[],
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
  const run = executions.map((rows) => upsertExecutions(db, team, rows));
  const [first, ...rest]: Statement[] = [...targets, ...run, ...colors, deployment];
  if (first !== undefined) await db.batch([first, ...rest]);
};

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
  schedule_id: deployments.schedule_id,
  scheduled_at: deployments.scheduled_at,
};

type SummaryRow = Omit<DeploymentSummary, 'gate' | 'parent' | 'schedule'> & {
  gate: string | null;
  parent_id: DeploymentId | null;
  relation: Relation | null;
  schedule_id: ScheduleId | null;
  scheduled_at: string | null;
};

export const parentOf = ({ parent_id, relation }: { parent_id: DeploymentId | null; relation: Relation | null }) =>
  parent_id === null || relation === null ? null : { id: parent_id, relation };

/** The schedule that fired a deployment. */
const scheduleOf = ({ schedule_id, scheduled_at }: Pick<SummaryRow, 'schedule_id' | 'scheduled_at'>) =>
  schedule_id === null || scheduled_at === null ? null : { id: schedule_id, scheduled_at };

const summaryFrom = <Row extends SummaryRow>({
  gate,
  parent_id,
  relation,
  schedule_id,
  scheduled_at,
  ...row
}: Row) => ({
  ...row,
  schedule: scheduleOf({ schedule_id, scheduled_at }),
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

/** What a schedule fired for an instant; null when it has not. */
export const findFired = async (db: Database, team: TeamId, schedule: ScheduleId, scheduledAt: string) => {
  const { id, status, started_at, ended_at } = deployments;
  const row = await db
    .select({ id, status, started_at, ended_at })
    .from(deployments)
    .where(
      and(
        eq(deployments.team_id, team),
        eq(deployments.schedule_id, schedule),
        eq(deployments.scheduled_at, scheduledAt),
      ),
    )
    .get();
  return row ?? null;
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
  schedule_id?: ScheduleId | undefined;
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
        filter.schedule_id === undefined ? undefined : eq(deployments.schedule_id, filter.schedule_id),
        filter.q === undefined ? undefined : containing(deployments.name, filter.q),
        after(deployments.id, page),
      ),
    )
    .orderBy(desc(deployments.id))
    .limit(limitOf(page));
  return pageFrom(rows.map(summaryFrom), page);
};
