/** Deployments that come from another one: retries and rollbacks. */
import { z } from 'zod';
import { loadForStart } from '#database/deployment-starts.repository.ts';
import { findRollback } from '#database/deployments.repository.ts';
import { startRetry } from '#durable-objects/deployment/start-retry.ts';
import { startRollback, undosOf, whyNoRollback } from '#durable-objects/deployment/start-rollback.ts';
import { CreatedDeployment, RetryRequest, RollbackPreview } from '#protocol/http/deployments.ts';
import { DeploymentId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { createdDeployment } from './created-deployment.ts';
import { cannotRetry, cannotRollBack, deploymentNotFound, nothingToRetry } from './deployments.errors.ts';
import { readDeployment } from './read-deployment.ts';

const params = z.object({ deployment_id: DeploymentId });

const startDeps = ({ db, env, ids, dependencies }: PersonContext) => ({
  db,
  ids,
  deployment: (id: DeploymentId) => dependencies.deployment(env, id),
});

const inputOf = ({ team_id, user, now, audit }: PersonContext, action: string, of: DeploymentId) => ({
  team_id,
  created_by: user,
  now,
  alongside: (id: DeploymentId) => [audit(action, id, { deployment_id: of })],
});

const retry = route(
  {
    method: 'post',
    path: '/deployments/{deployment_id}/retry',
    tag: 'deployments',
    summary: 'Deploy the same once more to those targets that did not complete, as a new deployment',
    access: atLeast('operator'),
    params,
    body: RetryRequest,
    answer: { status: 201, description: 'The new deployment, started', schema: CreatedDeployment },
    creates: true,
    refusals: [409, 422],
  },
  async (context) => {
    const of = context.params.deployment_id;
    if ((await readDeployment(context, of)) === null) return deploymentNotFound();
    const input = inputOf(context, 'deployments.retry', of);
    const started = await startRetry(startDeps(context), input, of, context.body.only);
    if (started.ok) return createdDeployment(started.deployment);
    if (started.refusal === 'unknown') return deploymentNotFound();
    return started.refusal === 'conflict' ? cannotRetry(started.message) : nothingToRetry(started.message);
  },
);

const preview = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/rollback',
    tag: 'deployments',
    summary: 'What a rollback would do, target by target; it changes nothing',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The preview', schema: RollbackPreview },
  },
  async (context) => {
    const { deployment_id } = context.params;
    const deployment = await readDeployment(context, deployment_id);
    const recorded = await loadForStart(context.db, context.team_id, deployment_id);
    if (deployment === null || recorded === null) return deploymentNotFound();
    const undos = undosOf(recorded);
    const possible = undos.filter(({ offer }) => offer.possible).length;
    return {
      deployment_id,
      possible,
      impossible: undos.length - possible,
      refused: whyNoRollback(recorded, undos, await findRollback(context.db, context.team_id, deployment_id)),
      items: undos.map(({ target, offer }) => ({
        target_id: target.id,
        device_id: target.device_id,
        device_name: target.device_name,
        item: target.item,
        status: target.status,
        ...offer,
      })),
    };
  },
);

const rollback = route(
  {
    method: 'post',
    path: '/deployments/{deployment_id}/rollback',
    tag: 'deployments',
    summary: 'Take back what a deployment did, as a new deployment in the same waves',
    access: atLeast('operator'),
    params,
    answer: { status: 201, description: 'The new deployment, started', schema: CreatedDeployment },
    creates: true,
    refusals: [409],
  },
  async (context) => {
    const of = context.params.deployment_id;
    if ((await readDeployment(context, of)) === null) return deploymentNotFound();
    const started = await startRollback(startDeps(context), inputOf(context, 'deployments.rollback', of), of);
    if (started.ok) return createdDeployment(started.deployment);
    return started.refusal === 'unknown' ? deploymentNotFound() : cannotRollBack(started.message);
  },
);

export const deriveRoutes = [retry, preview, rollback];
