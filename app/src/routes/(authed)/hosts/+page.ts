import { loadPage } from '$lib/api/load-page.ts';
import { readHostFilter } from '$lib/hosts/host-filter.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) => {
  const filter = readHostFilter(event.url.searchParams);
  return loadPage(event, async (api) => ({ filter, page: await api.hosts.list(filter) }));
};
