/**
 * The one way a deployment begins, whoever asks: a draft (what a spec comes to, or a part of an earlier deployment) is written to the
 * record, then its object is started. What was written and not started (a crash in between) is started by `startRecorded` from
 * the cron trigger.
 */
import type { Database, Statement } from '#database/database.ts';
import { loadForStart } from '#database/deployment-starts.repository.ts';
import type { NewTarget } from '#database/deployment-targets.repository.ts';
import { insertDeployment } from '#database/deployments.repository.ts';
import { defaultName } from '#domain/deployment/items.ts';
import type { Deployment, DeploymentSummary } from '#protocol/http/deployments.ts';
import { type DeploymentId, type IdSource, newId, type TeamId, type UserId, withNewIds } from '#protocol/ids.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import type { Firing } from '#protocol/schedule.ts';
import type { Spec } from '#protocol/spec.ts';
import { withoutSecrets } from '#protocol/spec-secrets.ts';
import { logEvent } from '../log.ts';
import { scheduleOf } from './deployment-answers.ts';
import type { DeploymentRpc, StartRequest } from './deployment-rpc.ts';
import type { Draft, ResolvedDraft } from './draft.ts';
import { resolveSpec } from './resolve-spec.ts';

export type StartDeps = { db: Database; ids: IdSource; deployment: (id: DeploymentId) => DeploymentRpc };

export type StartInput = {
  team_id: TeamId;
  /** Null when it starts by itself. */
  created_by: { id: UserId; username: string } | null;
  now: Date;
  /** Statements that belong to the same change, such as its audit entry. */
  alongside: (id: DeploymentId, name: string) => Statement[];
};

export type Started =
  | { ok: true; deployment: Deployment }
  | { ok: false; reason: 'impossible' | 'changed'; issues: FieldIssue[] };

type SpecInput = StartInput & {
  spec: Spec;
  /** The schedule that fires it. */
  firing?: Firing;
  /** What the spec comes to, when that was read already. */
  resolved?: ResolvedDraft | null;
  /** Answers what is not as it was confirmed before; nothing starts then. */
  confirm?: (resolved: ResolvedDraft) => Promise<FieldIssue[]>;
};

export const startDeployment = async (
  deps: StartDeps,
  input: SpecInput,
  id: DeploymentId = newId('dep', deps.ids),
): Promise<Started> => {
  const { team_id, spec, now, firing = null } = input;
  const resolved = input.resolved
    ? { ok: true as const, ...input.resolved }
    : await resolveSpec(deps.db, team_id, spec);
  if (!resolved.ok) return { ok: false, reason: 'impossible', issues: resolved.issues };
  const changes = (await input.confirm?.(resolved)) ?? [];
  if (changes.length > 0) return { ok: false, reason: 'changed', issues: changes };
  const name = spec.name ?? defaultName(spec.action, resolved.items, now);
  return { ok: true, deployment: await launch(deps, input, id, { ...resolved, name, spec, parent: null, firing }) };
};

/** Writes a draft and starts it under the id given. */
export const launch = async (
  deps: StartDeps,
  input: StartInput,
  id: DeploymentId,
  draft: Draft,
): Promise<Deployment> => {
  const { team_id, created_by, now, alongside } = input;
  // The record keeps the order in which targets go.
  const targets: NewTarget[] = withNewIds('tgt', deps.ids, draft.targets);
  const record = {
    ...draft,
    id,
    targets,
    created_by: created_by?.username ?? null,
    created_by_id: created_by?.id ?? null,
    created_at: now.toISOString(),
  };
  // The object comes up while the record is written; if it cannot, the start says so.
  const prepared = deps
    .deployment(id)
    .prepare()
    .catch(() => undefined);
  await deps.db.batch([...insertDeployment(deps.db, team_id, record), ...alongside(id, draft.name)]);
  await prepared;
  const request = startRequest(team_id, { ...record, created_at: now.getTime() });
  const summary = (await startObject(deps, request)) ?? pendingSummary(request);
  return { ...summary, spec: withoutSecrets(draft.spec) };
};

type Recorded = Omit<Draft, 'file_ids' | 'targets'> & {
  id: DeploymentId;
  created_by: string | null;
  created_at: number;
  targets: readonly NewTarget[];
};

const startRequest = (team_id: TeamId, recorded: Recorded): StartRequest => {
  const { spec } = recorded;
  return {
    team_id,
    deployment_id: recorded.id,
    name: recorded.name,
    kind: spec.action.kind,
    created_by: recorded.created_by,
    created_at: recorded.created_at,
    timeout_seconds: spec.timeout_seconds,
    retries: spec.retries,
    idempotent: spec.idempotent,
    offline: spec.offline,
    strategy: spec.strategy,
    waves: recorded.waves,
    // What takes something back is not itself taken back.
    rollback_on_failure: spec.rollback_on_failure && recorded.parent?.relation !== 'rollback',
    bandwidth_limit: spec.bandwidth_limit,
    parent: recorded.parent,
    activates: recorded.activates,
    firing: recorded.firing,
    items: recorded.items,
    targets: recorded.targets.map(({ id, host_id, device_id, device_key, device_name, item_index, wave, undoes }) => ({
      id,
      host_id,
      device_id,
      device_key,
      device_name,
      item: item_index,
      wave,
      undoes,
    })),
  };
};

/** Null when the object could not be reached: the record stays `pending`, and the cron trigger starts it. */
const startObject = async (deps: StartDeps, request: StartRequest): Promise<DeploymentSummary | null> => {
  try {
    return await deps.deployment(request.deployment_id).start(request);
  } catch (error) {
    logEvent('deployment.start_failed', { deployment_id: request.deployment_id, error: String(error) });
    return null;
  }
};

const pendingSummary = (request: StartRequest): DeploymentSummary => ({
  id: request.deployment_id,
  name: request.name,
  kind: request.kind,
  status: 'pending',
  created_by: request.created_by,
  created_at: new Date(request.created_at).toISOString(),
  started_at: null,
  ended_at: null,
  strategy: request.strategy.type,
  wave: 1,
  waves: request.waves,
  gate: null,
  stop_reason: null,
  parent: request.parent,
  schedule: scheduleOf(request.firing),
  rollback_id: null,
  total_targets: request.targets.length,
  pending: request.targets.length,
  running: 0,
  completed: 0,
  failed: 0,
  skipped: 0,
  canceled: 0,
  success_rate: null,
});

/** Starts what the record holds; safe when it has started already. */
export const startRecorded = async (deps: StartDeps, team: TeamId, id: DeploymentId): Promise<void> => {
  const recorded = await loadForStart(deps.db, team, id);
  if (recorded === null) return;
  const { deployment, ...rest } = recorded;
  const { name, waves, created_by } = deployment;
  const created_at = Date.parse(deployment.created_at);
  await startObject(deps, startRequest(team, { ...rest, id, name, waves, created_by, created_at }));
};
