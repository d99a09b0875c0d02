/**
 * Where a deployment is read from: D1 once it has ended, its object while it is in flight. If the object does not answer,
 * the record is shown as it is.
 */

import { countTargetsByWave, listTargets, type TargetSelection } from '#database/deployment-targets.repository.ts';
import { findDeployment } from '#database/deployments.repository.ts';
import { wavesOf } from '#domain/deployment/waves.ts';
import type { Deployment, Progress, Target, Wave } from '#protocol/http/deployments.ts';
import type { DeploymentId } from '#protocol/ids.ts';
import { MAX_TARGETS } from '#protocol/limits.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';
import { orNull } from '../or-null.ts';

/** All of them at once: a deployment has a bounded number. */
export const readAllTargets = (context: PersonContext, record: Deployment): Promise<Target[]> =>
  readTargets(context, record, { status: null, after: null, limit: MAX_TARGETS });

export const readWaves = async (context: PersonContext, record: Deployment): Promise<Wave[]> => {
  const fromRecord = async () => wavesOf(record, await countTargetsByWave(context.db, context.team_id, record.id));
  if (isFinalDeployment(record.status)) return fromRecord();
  const live = await orNull(context.dependencies.deployment(context.env, record.id).waves());
  return live === null || live.length === 0 ? fromRecord() : live;
};

/** Null when the team has no such deployment. */
export const readDeployment = async (context: PersonContext, id: DeploymentId): Promise<Deployment | null> => {
  const record = await findDeployment(context.db, context.team_id, id);
  if (record === null || isFinalDeployment(record.status)) return record;
  const stub = context.dependencies.deployment(context.env, id);
  const summary = await orNull(stub.summary());
  if (summary === null) return record;
  // What reads as ended is read from the record from here on, so the record must be there.
  if (isFinalDeployment(summary.status)) await orNull(stub.record().then(() => true));
  return { ...record, ...summary };
};

export const readTargets = async (
  context: PersonContext,
  record: Deployment,
  selection: TargetSelection,
): Promise<Target[]> => {
  const fromRecord = () => listTargets(context.db, context.team_id, record.id, selection);
  if (isFinalDeployment(record.status)) return fromRecord();
  const stub = context.dependencies.deployment(context.env, record.id);
  const targets = await orNull(stub.targets(selection));
  return targets === null || targets.length === 0 ? fromRecord() : targets;
};

export const readProgress = async (context: PersonContext, id: DeploymentId): Promise<Progress | null> => {
  const record = await findDeployment(context.db, context.team_id, id);
  if (record === null) return null;
  const live = isFinalDeployment(record.status)
    ? null
    : await orNull(context.dependencies.deployment(context.env, id).progress());
  if (live !== null) return live;
  const { status, total_targets, pending, running, completed, failed, skipped, canceled, success_rate } = record;
  const targets = await listTargets(context.db, context.team_id, id, { status: null, after: null, limit: MAX_TARGETS });
  return {
    deployment_id: id,
    status,
    total_targets,
    pending,
    running,
    completed,
    failed,
    skipped,
    canceled,
    success_rate,
    targets,
  };
};
