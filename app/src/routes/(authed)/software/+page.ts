import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async (event) => {
  const q = event.url.searchParams.get('q') ?? '';
  return loadPage(event, async (api) => ({ q, page: await api.software.list({ q }) }));
};
