/** What a person tells a deployment that goes on: cancel, pause, resume, promote. */
import { z } from 'zod';
import type { Control } from '#durable-objects/deployment/deployment-rpc.ts';
import { Deployment } from '#protocol/http/deployments.ts';
import { DeploymentId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { cannotControl, deploymentNotFound } from './deployments.errors.ts';
import { readDeployment } from './read-deployment.ts';

const params = z.object({ deployment_id: DeploymentId });

const control = (command: Control, summary: string) =>
  route(
    {
      method: 'post',
      path: `/deployments/{deployment_id}/${command}`,
      tag: 'deployments',
      summary,
      access: atLeast('operator'),
      params,
      answer: { status: 200, description: 'The deployment', schema: Deployment },
      refusals: [409],
    },
    async (context) => {
      const { db, env, audit, dependencies } = context;
      const id = context.params.deployment_id;
      const record = await readDeployment(context, id);
      if (record === null) return deploymentNotFound();
      const outcome = await dependencies.deployment(env, id).control(command);
      if (!outcome.ok) return cannotControl(command, outcome.message);
      await db.batch([audit(`deployments.${command}`, id)]);
      return { ...record, ...outcome.summary };
    },
  );

export const controlRoutes = [
  control(
    'cancel',
    'Cancel: what has not started never will, what runs is ended; `canceled` once every target has ended',
  ),
  control('pause', 'Pause: nothing further goes to hosts, what is there goes on'),
  control('resume', 'Go on after a pause'),
  control('promote', 'Let the next wave go now'),
];
