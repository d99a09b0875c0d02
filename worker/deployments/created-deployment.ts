import type { CreatedDeployment, Deployment } from '#protocol/http/deployments.ts';

/** The answer to everything that starts a deployment. */
export const createdDeployment = (deployment: Deployment): CreatedDeployment => {
  const targets = deployment.total_targets === 1 ? '1 target' : `${deployment.total_targets} targets`;
  return { success: true, deployment_id: deployment.id, message: `Deployment started on ${targets}`, deployment };
};
