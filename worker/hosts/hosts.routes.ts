import { z } from 'zod';
import { findHost, listHosts, revokeHost, updateHost } from '#database/hosts.repository.ts';
import { Host, HostQuery, UpdateHost } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { HostId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { notFound } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { statusFilter, viewHost, viewHosts } from './host-view.ts';
import { parseLabel } from './label.ts';

const tag = 'hosts';
const params = z.object({ host_id: HostId });

const list = route(
  {
    method: 'get',
    path: '/hosts',
    tag,
    summary: 'Hosts with their devices, the newest first',
    access: atLeast('viewer'),
    query: HostQuery,
    answer: { status: 200, description: 'Hosts', schema: pageOf(Host) },
  },
  async (context) => {
    const { db, team_id, query } = context;
    const status = await statusFilter(context, query.status);
    const page = await listHosts(db, team_id, { ...query, q: query.q, status, label: parseLabel(query.label) });
    return { ...page, items: await viewHosts(context, page.items) };
  },
);

const get = route(
  {
    method: 'get',
    path: '/hosts/{host_id}',
    tag,
    summary: 'One host',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The host', schema: Host },
  },
  async (context) => {
    const row = await findHost(context.db, context.team_id, context.params.host_id);
    return (row === null ? null : await viewHost(context, row)) ?? notFound(tag);
  },
);

const update = route(
  {
    method: 'patch',
    path: '/hosts/{host_id}',
    tag,
    summary: 'Rename a host, or replace its labels',
    access: atLeast('operator'),
    params,
    body: UpdateHost,
    answer: { status: 200, description: 'The host', schema: Host },
  },
  async (context) => {
    const {
      db,
      env,
      team_id,
      params: { host_id },
      body,
      audit,
      dependencies,
    } = context;
    if ((await findHost(db, team_id, host_id)) === null) return notFound(tag);
    if (body.name !== undefined || body.labels !== undefined)
      await db.batch([updateHost(db, team_id, host_id, body), audit('hosts.update', host_id, body)]);
    // Its object names the host in what it tells dashboards. If this fails, the same call again repeats it.
    if (body.name !== undefined) await dependencies.host(env, host_id).rename(body.name);
    const row = await findHost(db, team_id, host_id);
    return (row === null ? null : await viewHost(context, row)) ?? notFound(tag);
  },
);

const remove = route(
  {
    method: 'delete',
    path: '/hosts/{host_id}',
    tag,
    summary: 'Revoke the key of a host, disconnect its agent and forget its devices',
    access: atLeast('admin'),
    params,
    answer: { status: 204, description: 'Deleted' },
  },
  async ({ db, env, now, team_id, params: { host_id }, audit, dependencies }) => {
    const row = await findHost(db, team_id, host_id);
    if (row === null) return notFound(tag);
    // The key first: if what follows fails, the host is still listed and can be deleted again.
    await dependencies.host(env, host_id).revoke();
    await db.batch([
      ...revokeHost(db, team_id, host_id, now.toISOString()),
      audit('hosts.delete', host_id, { name: row.name }),
    ]);
    return undefined;
  },
);

const disconnect = route(
  {
    method: 'post',
    path: '/hosts/{host_id}/disconnect',
    tag,
    summary: "Close the agent's connection; it connects again by itself",
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'Disconnected' },
  },
  async ({ db, env, team_id, params: { host_id }, audit, dependencies }) => {
    if ((await findHost(db, team_id, host_id)) === null) return notFound(tag);
    await dependencies.host(env, host_id).disconnect();
    await db.batch([audit('hosts.disconnect', host_id)]);
    return undefined;
  },
);

export const hostRoutes = [list, get, update, remove, disconnect];
