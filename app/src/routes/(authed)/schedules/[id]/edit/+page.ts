import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) =>
  loadPage(event, async (api) => ({ schedule: await api.schedules.get(event.params.id) }));
