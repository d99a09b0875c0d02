import { Health } from '#protocol/http/stats.ts';
import { anyone } from '../http/access.ts';
import { route } from '../http/route.ts';
import { VERSION } from '../version.ts';

const health: Health = { status: 'ok', version: VERSION };

const getHealth = route(
  {
    method: 'get',
    path: '/health',
    tag: 'health',
    summary: 'Whether the API answers, and which version it is',
    access: anyone,
    answer: { status: 200, description: 'It does', schema: Health },
  },
  async () => health,
);

export const healthRoutes = [getHealth];
