import { EnrollRequest, EnrollResponse } from '#protocol/agent/connection.ts';
import { anyone } from '../http/access.ts';
import { route } from '../http/route.ts';
import { enrollHost } from './enroll-host.ts';

const enroll = route(
  {
    method: 'post',
    path: '/agent/enroll',
    tag: 'agent',
    summary: 'An agent joins the team of its enrollment token',
    // The token in the body is the proof.
    access: anyone,
    body: EnrollRequest,
    answer: { status: 201, description: 'The host that the agent is from now on', schema: EnrollResponse },
    refusals: [401, 429],
  },
  async (context) => enrollHost(context, context.body),
);

export const enrollRoutes = [enroll];
