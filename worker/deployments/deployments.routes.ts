/** Deployments: made from a spec, read while they run and afterwards, canceled. */
import { z } from 'zod';
import { listDeployments } from '#database/deployments.repository.ts';
import { startDeployment } from '#durable-objects/deployment/start-deployment.ts';
import {
  CreatedDeployment,
  Deployment,
  DeploymentQuery,
  DeploymentSummary,
  Progress,
  Target,
  TargetQuery,
} from '#protocol/http/deployments.ts';
import { pageOf } from '#protocol/http/page.ts';
import { DeploymentId, TargetId } from '#protocol/ids.ts';
import { SpecWithTargets } from '#protocol/spec.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { cannotCancel, cannotDeploy, deploymentNotFound } from './deployments.errors.ts';
import { readDeployment, readProgress, readTargets } from './read-deployment.ts';

const params = z.object({ deployment_id: DeploymentId });

const create = route(
  {
    method: 'post',
    path: '/deployments',
    tag: 'deployments',
    summary: 'Deploy now what a spec describes',
    access: atLeast('operator'),
    body: SpecWithTargets,
    answer: { status: 201, description: 'The deployment, started', schema: CreatedDeployment },
    creates: true,
    refusals: [422],
  },
  async ({ db, env, ids, team_id, user, now, audit, body, dependencies }) => {
    const started = await startDeployment(
      { db, ids, deployment: (id) => dependencies.deployment(env, id) },
      {
        team_id,
        spec: body,
        created_by: user,
        now,
        alongside: (id, name) => [audit('deployments.create', id, { name, kind: body.action.kind })],
      },
    );
    if (!started.ok) return cannotDeploy(started.issues);
    const { deployment } = started;
    const targets = deployment.total_targets === 1 ? '1 target' : `${deployment.total_targets} targets`;
    return {
      success: true as const,
      deployment_id: deployment.id,
      message: `Deployment started on ${targets}`,
      deployment,
    };
  },
);

const list = route(
  {
    method: 'get',
    path: '/deployments',
    tag: 'deployments',
    summary: 'Deployments, newest first; `q` is part of a name',
    access: atLeast('viewer'),
    query: DeploymentQuery,
    answer: { status: 200, description: 'A page of deployments', schema: pageOf(DeploymentSummary) },
  },
  async ({ db, team_id, query }) => listDeployments(db, team_id, query, query),
);

const get = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}',
    tag: 'deployments',
    summary: 'One deployment with its spec',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The deployment', schema: Deployment },
  },
  async (context) => (await readDeployment(context, context.params.deployment_id)) ?? deploymentNotFound(),
);

const progress = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/progress',
    tag: 'deployments',
    summary: 'Counts and every target, as of now',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The progress', schema: Progress },
  },
  async (context) => (await readProgress(context, context.params.deployment_id)) ?? deploymentNotFound(),
);

const targets = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/targets',
    tag: 'deployments',
    summary: 'Targets in the order of their ids',
    access: atLeast('viewer'),
    params,
    query: TargetQuery.extend({ cursor: TargetId.optional() }),
    answer: { status: 200, description: 'A page of targets', schema: pageOf(Target) },
  },
  async (context) => {
    const { limit, cursor, status } = context.query;
    const deployment = await readDeployment(context, context.params.deployment_id);
    if (deployment === null) return deploymentNotFound();
    const rows = await readTargets(context, deployment, {
      status: status ?? null,
      after: cursor ?? null,
      limit: limit + 1,
    });
    const items = rows.slice(0, limit);
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  },
);

const cancel = route(
  {
    method: 'post',
    path: '/deployments/{deployment_id}/cancel',
    tag: 'deployments',
    summary: 'Cancel: what has not started never will, what runs is ended',
    access: atLeast('operator'),
    params,
    answer: {
      status: 200,
      description: 'The deployment; it is `canceled` once every target has ended',
      schema: Deployment,
    },
    refusals: [409],
  },
  async (context) => {
    const { db, env, audit, dependencies } = context;
    const id = context.params.deployment_id;
    const record = await readDeployment(context, id);
    if (record === null) return deploymentNotFound();
    const outcome = await dependencies.deployment(env, id).cancel();
    if (!outcome.ok) return cannotCancel(outcome.message);
    await db.batch([audit('deployments.cancel', id)]);
    return { ...record, ...outcome.summary };
  },
);

export const deploymentRoutes = [create, list, get, progress, targets, cancel];
