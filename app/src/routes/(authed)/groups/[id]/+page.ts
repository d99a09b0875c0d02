import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) =>
  loadPage(event, async (api) => {
    const id = encodeURIComponent(event.params.id);
    const [group, devices, colors] = await Promise.all([
      api.groups.get(id),
      api.groups.devices(id, { limit: 100 }),
      api.blueGreen(),
    ]);
    return { group, devices, colors: colors.items };
  });
