/** A target's output: whole as text, or as it comes over a WebSocket. */
import { z } from 'zod';
import { findTarget } from '#database/deployments.repository.ts';
import { logPrefix } from '#durable-objects/host/log-store.ts';
import { DeploymentId, TargetId } from '#protocol/ids.ts';
import { isFinalTarget } from '#protocol/states.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { upgradeRequired } from '../live/upgrade.ts';
import { deploymentNotFound } from './deployments.errors.ts';
import { logStream } from './log-text.ts';

const params = z.object({ deployment_id: DeploymentId, target_id: TargetId });

const log = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/targets/{target_id}/log',
    tag: 'deployments',
    summary: 'All output of a target so far, as text',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The output', contentType: 'text/plain' },
  },
  async ({ db, env, team_id, params: { deployment_id, target_id }, dependencies }) => {
    const target = await findTarget(db, team_id, deployment_id, target_id);
    if (target === null) return deploymentNotFound();
    const prefix = logPrefix(team_id, deployment_id, target_id);
    const body = logStream(dependencies.host(env, target.host_id), env.FILES, target_id, prefix);
    return new Response(body, {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-security-policy': "sandbox; default-src 'none'",
      },
    });
  },
);

const tail = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/targets/{target_id}/tail',
    tag: 'deployments',
    summary: 'A WebSocket with output as it comes, from byte `offset` on',
    access: atLeast('viewer'),
    params,
    query: z.object({ offset: z.coerce.number().int().min(0).default(0) }),
    answer: { status: 101, description: 'The socket' },
    refusals: [426],
  },
  async ({ db, env, http, team_id, params: { deployment_id, target_id }, query, dependencies }) => {
    if (http.req.header('upgrade')?.toLowerCase() !== 'websocket') return upgradeRequired();
    const target = await findTarget(db, team_id, deployment_id, target_id);
    if (target === null) return deploymentNotFound();
    const url = new URL('https://host/tail');
    url.searchParams.set('target_id', target_id);
    url.searchParams.set('offset', String(query.offset));
    if (isFinalTarget(target.status)) url.searchParams.set('archive', logPrefix(team_id, deployment_id, target_id));
    return dependencies.host(env, target.host_id).fetch(new Request(url, { headers: { upgrade: 'websocket' } }));
  },
);

export const logRoutes = [log, tail];
