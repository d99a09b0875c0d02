/** A target's output: whole as text, by lines, searched, or as it comes over a WebSocket. */
import { z } from 'zod';
import { findTarget } from '#database/deployment-targets.repository.ts';
import { logPrefix } from '#durable-objects/host/log-store.ts';
import { LogLines, LogLinesQuery, LogSearch, LogSearchQuery } from '#protocol/http/logs.ts';
import { DeploymentId, TargetId } from '#protocol/ids.ts';
import { isFinalTarget } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { upgradeRequired } from '../live/upgrade.ts';
import { deploymentNotFound } from './deployments.errors.ts';
import { readLines } from './log-lines.ts';
import type { LogSource } from './log-parts.ts';
import { searchLog } from './log-search.ts';
import { logStream } from './log-text.ts';

const params = z.object({ deployment_id: DeploymentId, target_id: TargetId });

const sourceOf = async (
  { db, env, team_id, dependencies }: PersonContext,
  { deployment_id, target_id }: z.infer<typeof params>,
): Promise<LogSource | null> => {
  const target = await findTarget(db, team_id, deployment_id, target_id);
  if (target === null) return null;
  return {
    host: dependencies.host(env, target.host_id),
    bucket: env.FILES,
    target: target_id,
    prefix: logPrefix(team_id, deployment_id, target_id),
    ended: isFinalTarget(target.status),
  };
};

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
  async ({ params, ...context }) => {
    const source = await sourceOf(context, params);
    if (source === null) return deploymentNotFound();
    return new Response(logStream(source), {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-security-policy': "sandbox; default-src 'none'",
      },
    });
  },
);

const lines = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/targets/{target_id}/log/lines',
    tag: 'deployments',
    summary: 'Lines of the output by number',
    access: atLeast('viewer'),
    params,
    query: LogLinesQuery,
    answer: { status: 200, description: 'Lines that follow each other, and how many there are', schema: LogLines },
  },
  async ({ params, query, ...context }) => {
    const source = await sourceOf(context, params);
    return source === null ? deploymentNotFound() : readLines(source, query);
  },
);

const search = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/targets/{target_id}/log/search',
    tag: 'deployments',
    summary: 'Search the output for plain text; a part at a time, on from `next_line`',
    access: atLeast('viewer'),
    params,
    query: LogSearchQuery,
    answer: { status: 200, description: 'Lines with matches, and where to go on', schema: LogSearch },
  },
  async ({ params, query, ...context }) => {
    const source = await sourceOf(context, params);
    return source === null ? deploymentNotFound() : searchLog(source, query);
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

export const logRoutes = [log, lines, search, tail];
