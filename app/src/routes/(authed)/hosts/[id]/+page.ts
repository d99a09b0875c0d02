import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) =>
  loadPage(event, async (api) => {
    const [host, deployments] = await Promise.all([
      api.hosts.get(encodeURIComponent(event.params.id)),
      api.deployments.list({ limit: 8 }),
    ]);
    return { host, deployments };
  });
