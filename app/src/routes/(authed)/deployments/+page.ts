import { loadPage } from '$lib/api/load-page.ts';
import { readDeploymentFilter } from '$lib/deploy/deployment-filter.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) => {
  const filter = readDeploymentFilter(event.url.searchParams);
  return loadPage(event, async (api) => ({ filter, page: await api.deployments.list({ ...filter }) }));
};
