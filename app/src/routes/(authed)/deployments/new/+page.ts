import { DeploymentId } from '#protocol/ids.ts';
import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

/** A link may name a deployment to make again; an id that is not one is as good as none. */
export const load: PageLoad = async (event) => {
  const from = DeploymentId.safeParse(event.url.searchParams.get('from')).data ?? null;
  return loadPage(event, async (api) => ({ from: from === null ? null : await api.deployments.get(from) }));
};
