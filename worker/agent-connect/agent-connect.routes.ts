/** The agent's WebSocket. The HostObject that the proof names checks it (CON1 to CON3 of the protocol). */
import { z } from 'zod';
import { Instant } from '#protocol/text.ts';
import { agents } from '../http/access.ts';
import { refuse } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { upgradeRequired } from '../live/upgrade.ts';

const Refused = z.object({ type: z.string(), detail: z.string(), status: z.int(), server_time: Instant });

const connect = route(
  {
    method: 'get',
    path: '/agent/connect',
    tag: 'agent',
    summary: 'The WebSocket of an agent, opened with a proof of its host key',
    access: agents,
    answer: { status: 101, description: 'The socket' },
    refusals: [403, 426],
  },
  async ({ env, http, agent, dependencies }) => {
    if (http.req.header('upgrade')?.toLowerCase() !== 'websocket') return upgradeRequired();
    const request = new Request('https://host/connect', {
      headers: { upgrade: 'websocket', authorization: `Bearer ${agent.proof}` },
    });
    const response = await dependencies.host(env, agent.host_id).fetch(request);
    if (response.status === 101) return response;
    const { status, type, detail, server_time } = Refused.parse(await response.json());
    return refuse(status, type, detail, { extra: { server_time } });
  },
);

export const agentConnectRoutes = [connect];
