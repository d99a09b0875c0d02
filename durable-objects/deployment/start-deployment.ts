/**
 * The one way a deployment begins, whoever asks: resolve the spec, write the record, start the object.
 * What was written and not started (a crash in between) is started by `startRecorded` from the cron trigger.
 */
import type { Database, Statement } from '#database/database.ts';
import { insertDeployment, loadForStart, type NewTarget } from '#database/deployments.repository.ts';
import { defaultName } from '#domain/deployment/items.ts';
import type { Deployment, DeploymentSummary } from '#protocol/http/deployments.ts';
import { type DeploymentId, type IdSource, newId, type TeamId, type UserId } from '#protocol/ids.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import type { Spec } from '#protocol/spec.ts';
import { logEvent } from '../log.ts';
import type { DeploymentRpc, StartRequest } from './deployment-rpc.ts';
import { resolveSpec } from './resolve-spec.ts';

export type StartDeps = { db: Database; ids: IdSource; deployment: (id: DeploymentId) => DeploymentRpc };

export type StartInput = {
  team_id: TeamId;
  spec: Spec;
  created_by: { id: UserId; username: string };
  now: Date;
  /** Statements that belong to the same change, such as its audit entry. */
  alongside: (id: DeploymentId, name: string) => Statement[];
};

export type Started = { ok: true; deployment: Deployment } | { ok: false; issues: FieldIssue[] };

export const startDeployment = async (deps: StartDeps, input: StartInput): Promise<Started> => {
  const { team_id, spec, now } = input;
  const resolved = await resolveSpec(deps.db, team_id, spec);
  if (!resolved.ok) return resolved;
  const id = newId('dep', deps.ids);
  const name = spec.name ?? defaultName(spec.action, resolved.items);
  const targets = resolved.devices.flatMap((device) =>
    resolved.items.map(
      (item, index): NewTarget => ({
        id: newId('tgt', deps.ids),
        device_id: device.id,
        device_key: device.key,
        device_name: device.name,
        host_id: device.host_id,
        item_index: index,
        item: item.label,
      }),
    ),
  );
  const created_at = now.toISOString();
  const record = {
    id,
    name,
    spec,
    items: resolved.items,
    created_by: input.created_by.username,
    created_by_id: input.created_by.id,
    created_at,
    file_ids: resolved.file_ids,
    targets,
  };
  // The object comes up while the record is written; if it cannot, the start says so.
  const prepared = deps
    .deployment(id)
    .prepare()
    .catch(() => undefined);
  await deps.db.batch([...insertDeployment(deps.db, team_id, record), ...input.alongside(id, name)]);
  await prepared;
  const request = startRequest(team_id, { ...record, created_at: now.getTime() });
  const summary = (await startObject(deps, request)) ?? pendingSummary(request);
  return { ok: true, deployment: { ...summary, spec } };
};

type Record = {
  id: DeploymentId;
  name: string;
  spec: Spec;
  items: StartRequest['items'];
  created_by: string | null;
  created_at: number;
  targets: readonly NewTarget[];
};

const startRequest = (
  team_id: TeamId,
  { id, name, spec, items, created_by, created_at, targets }: Record,
): StartRequest => ({
  team_id,
  deployment_id: id,
  name,
  kind: spec.action.kind,
  created_by,
  created_at,
  timeout_seconds: spec.timeout_seconds,
  retries: spec.retries,
  idempotent: spec.idempotent,
  offline: spec.offline,
  strategy: spec.strategy,
  items,
  targets: targets.map(({ id, host_id, device_id, device_key, device_name, item_index }) => ({
    id,
    host_id,
    device_id,
    device_key,
    device_name,
    item: item_index,
  })),
});

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
  const { deployment, spec, items, targets } = recorded;
  const created_at = Date.parse(deployment.created_at);
  await startObject(
    deps,
    startRequest(team, {
      id,
      name: deployment.name,
      spec,
      items,
      created_by: deployment.created_by,
      created_at,
      targets,
    }),
  );
};
