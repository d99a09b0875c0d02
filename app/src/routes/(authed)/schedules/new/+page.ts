import { loadPage } from '$lib/api/load-page.ts';
import { loadFrom } from '$lib/deploy/load-from.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) => loadPage(event, async (api) => ({ from: await loadFrom(api, event.url) }));
