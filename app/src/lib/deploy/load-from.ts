/** A link may name a deployment to make again, or to schedule; an id that is not one is as good as none. */
import type { Deployment } from '#protocol/http/deployments.ts';
import { DeploymentId } from '#protocol/ids.ts';
import type { Api } from '../api/api.ts';

export const loadFrom = async (api: Api, url: URL): Promise<Deployment | null> => {
  const id = DeploymentId.safeParse(url.searchParams.get('from')).data;
  return id === undefined ? null : api.deployments.get(id);
};
