/** Deployments: made from a spec, read while they run and afterwards. */
import { z } from 'zod';
import { listDeployments } from '#database/deployments.repository.ts';
import { compareSpecs, compareTargets } from '#domain/deployment/compare.ts';
import { startDeployment } from '#durable-objects/deployment/start-deployment.ts';
import { sealSpec } from '#durable-objects/secrets.ts';
import {
  CompareQuery,
  Comparison,
  CreatedDeployment,
  Deployment,
  DeploymentQuery,
  DeploymentSummary,
  Progress,
  Target,
  TargetQuery,
  Waves,
} from '#protocol/http/deployments.ts';
import { pageOf } from '#protocol/http/page.ts';
import { DeploymentId, TargetId } from '#protocol/ids.ts';
import { DeployRequest } from '#protocol/spec.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { createdDeployment } from './created-deployment.ts';
import { cannotDeploy, deploymentNotFound, planChanged } from './deployments.errors.ts';
import { planChanges } from './plan.ts';
import { readAllTargets, readDeployment, readProgress, readTargets, readWaves } from './read-deployment.ts';

const params = z.object({ deployment_id: DeploymentId });

const create = route(
  {
    method: 'post',
    path: '/deployments',
    tag: 'deployments',
    summary: 'Deploy now what a spec describes',
    access: atLeast('operator'),
    body: DeployRequest,
    answer: { status: 201, description: 'The deployment, started', schema: CreatedDeployment },
    creates: true,
    refusals: [409, 422],
  },
  async ({ db, env, ids, team_id, user, now, audit, body, dependencies }) => {
    const { plan_hash, ...asked } = body;
    const spec = sealSpec(env, asked);
    const started = await startDeployment(
      { db, ids, deployment: (id) => dependencies.deployment(env, id) },
      {
        team_id,
        spec,
        created_by: user,
        now,
        alongside: (id, name) => [audit('deployments.create', id, { name, kind: spec.action.kind })],
        confirm: async (resolved) => (plan_hash == null ? [] : planChanges(db, team_id, spec, resolved, plan_hash)),
      },
    );
    if (!started.ok) return started.reason === 'changed' ? planChanged(started.issues) : cannotDeploy(started.issues);
    return createdDeployment(started.deployment);
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

const waves = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/waves',
    tag: 'deployments',
    summary: 'The waves of a deployment, counted',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The waves', schema: Waves },
  },
  async (context) => {
    const id = context.params.deployment_id;
    const deployment = await readDeployment(context, id);
    if (deployment === null) return deploymentNotFound();
    return { deployment_id: id, items: await readWaves(context, deployment) };
  },
);

const compare = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/compare',
    tag: 'deployments',
    summary: 'What differs from another deployment: spec by spec, target by target',
    access: atLeast('viewer'),
    params,
    query: CompareQuery,
    answer: { status: 200, description: 'The differences; `with` is before', schema: Comparison },
  },
  async (context) => {
    const [before, after] = await Promise.all(
      [context.query.with, context.params.deployment_id].map(async (id) => {
        const deployment = await readDeployment(context, id);
        return deployment === null ? null : { deployment, targets: await readAllTargets(context, deployment) };
      }),
    );
    if (before == null || after == null) return deploymentNotFound();
    return {
      before: withoutSpec(before.deployment),
      after: withoutSpec(after.deployment),
      spec: compareSpecs(before.deployment.spec, after.deployment.spec),
      targets: compareTargets(before.targets, after.targets),
    };
  },
);

const withoutSpec = ({ spec: _spec, ...summary }: Deployment): DeploymentSummary => summary;

export const deploymentRoutes = [create, list, get, progress, targets, waves, compare];
