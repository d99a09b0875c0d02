import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) =>
  loadPage(event, async (api) => {
    const [stats, offline, deployments, schedules] = await Promise.all([
      api.stats(),
      api.hosts.list({ status: 'offline', limit: 200 }),
      api.deployments.list({ limit: 8 }),
      api.schedules.list({ status: 'active', limit: 100 }),
    ]);
    return { stats, offline: offline.items, deployments, schedules };
  });
