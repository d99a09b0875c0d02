/** The host's own log: one line an event, as its agent has it too. */
import { z } from 'zod';
import { findHost } from '#database/hosts.repository.ts';
import { formatHostLogLine } from '#protocol/host-log.ts';
import { HostId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { notFound } from '../http/problem.ts';
import { route } from '../http/route.ts';

const tag = 'hosts';

/** As many as a host keeps. */
const MAX_LINES = 5000;

const log = route(
  {
    method: 'get',
    path: '/hosts/{host_id}/log',
    tag,
    summary: 'What happened on a host: its latest lines, oldest first, as text',
    access: atLeast('viewer'),
    params: z.object({ host_id: HostId }),
    query: z.object({ limit: z.coerce.number().int().min(1).max(MAX_LINES).default(1000) }),
    answer: { status: 200, description: 'One line an event', contentType: 'text/plain' },
  },
  async ({ db, env, team_id, params: { host_id }, query, dependencies }) => {
    if ((await findHost(db, team_id, host_id)) === null) return notFound(tag);
    const lines = await dependencies.host(env, host_id).readHostLog(query.limit);
    const text = lines.map((line) => `${formatHostLogLine(line)}\n`).join('');
    return new Response(text, {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-security-policy': "sandbox; default-src 'none'",
      },
    });
  },
);

export const hostLogRoutes = [log];
