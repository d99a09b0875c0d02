/** What a deployment would do, before it does; and which side of blue and green serves. */
import { listActiveColors } from '#database/active-colors.repository.ts';
import { ActiveColors, DeploymentPlan } from '#protocol/http/deployments.ts';
import { RequestedSpec } from '#protocol/spec.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { cannotDeploy } from './deployments.errors.ts';
import { makePlan } from './plan.ts';

const plan = route(
  {
    method: 'post',
    path: '/deployments/plan',
    tag: 'deployments',
    summary: 'What a spec would do now, without doing it; its `plan_hash` holds for a day',
    access: atLeast('operator'),
    body: RequestedSpec,
    answer: { status: 200, description: 'The plan', schema: DeploymentPlan },
    refusals: [422],
  },
  async (context) => {
    const planned = await makePlan(context, context.body);
    return planned.ok ? planned.plan : cannotDeploy(planned.issues);
  },
);

const colors = route(
  {
    method: 'get',
    path: '/blue-green',
    tag: 'deployments',
    summary: 'Pairs of groups that were switched, and which side of each serves',
    access: atLeast('viewer'),
    answer: { status: 200, description: 'The pairs', schema: ActiveColors },
  },
  async ({ db, team_id }) => ({ items: await listActiveColors(db, team_id) }),
);

export const planRoutes = [plan, colors];
