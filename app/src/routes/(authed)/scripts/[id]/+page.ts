import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) =>
  loadPage(event, async (api) => {
    const id = encodeURIComponent(event.params.id);
    const [script, versions] = await Promise.all([api.scripts.get(id), api.scripts.versions(id)]);
    return { script, versions };
  });
