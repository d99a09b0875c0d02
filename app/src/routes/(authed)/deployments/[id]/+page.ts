import { loadPage } from '$lib/api/load-page.ts';
import { filterOf, statusesOf } from '$lib/deploy/target-filter.ts';
import type { PageLoad } from './$types';

const PAGE_TARGETS = 200;

export const load: PageLoad = (event) => {
  const { id } = event.params;
  const filter = filterOf(event.url.searchParams.get('status'));
  return loadPage(event, async (api) => {
    const status = statusesOf(filter)[0] ?? null;
    const [deployment, targets] = await Promise.all([
      api.deployments.get(id),
      api.deployments.targets(id, { status, limit: PAGE_TARGETS }),
    ]);
    return { filter, deployment, targets };
  });
};
