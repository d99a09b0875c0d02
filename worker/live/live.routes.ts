/** The socket of a dashboard: everything that happens in the team, as it happens. */
import { z } from 'zod';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { upgradeRequired } from './upgrade.ts';

const live = route(
  {
    method: 'get',
    path: '/live',
    tag: 'live',
    summary: 'A WebSocket with the events of the team; `since` is the last `seq` that was seen',
    access: atLeast('viewer'),
    query: z.object({ since: z.coerce.number().int().min(0).optional() }),
    answer: { status: 101, description: 'The socket' },
    refusals: [426],
  },
  async ({ env, http, team_id, query, dependencies }) => {
    if (http.req.header('upgrade')?.toLowerCase() !== 'websocket') return upgradeRequired();
    const url = new URL('https://team/live');
    if (query.since !== undefined) url.searchParams.set('since', String(query.since));
    return dependencies.team(env, team_id).fetch(new Request(url, { headers: { upgrade: 'websocket' } }));
  },
);

export const liveRoutes = [live];
