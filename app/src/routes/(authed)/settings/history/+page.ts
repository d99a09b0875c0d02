import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) =>
  loadPage(event, async (api) => ({ rules: await api.schedules.historyRules() }));
