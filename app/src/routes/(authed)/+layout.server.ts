import { loadPage } from '$lib/api/load-page.ts';
import type { LayoutServerLoad } from './$types';

/** Everything below needs a session. The address is not a dependency: who is signed in does not change from page to page. */
export const load: LayoutServerLoad = async ({ fetch, url, untrack }) =>
  loadPage({ fetch, url: untrack(() => new URL(url)) }, async (api) => ({ user: await api.auth.me() }));
