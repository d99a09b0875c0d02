import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) =>
  loadPage(event, async (api) => {
    const [page, colors] = await Promise.all([api.groups.list(), api.blueGreen()]);
    return { page, colors: colors.items };
  });
