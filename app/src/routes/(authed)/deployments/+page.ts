import { DeploymentStatus } from '#protocol/states.ts';
import { loadPage } from '$lib/api/load-page.ts';
import { readWorkFilter } from '$lib/deploy/work-filter.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) => {
  const filter = readWorkFilter(event.url.searchParams, DeploymentStatus);
  return loadPage(event, async (api) => ({ filter, page: await api.deployments.list({ ...filter }) }));
};
