import { loadPage } from '$lib/api/load-page.ts';
import { readScriptFilter } from '$lib/scripts/script-filter.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) => {
  const filter = readScriptFilter(event.url.searchParams);
  return loadPage(event, async (api) => ({ filter, page: await api.scripts.list({ ...filter }) }));
};
