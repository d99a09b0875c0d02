import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async (event) => {
  const q = event.url.searchParams.get('q') ?? '';
  const askedAt = Date.now();
  return loadPage(event, async (api) => {
    const [page, unfinished, rules] = await Promise.all([
      api.files.list({ q }),
      api.files.unfinishedUploads(),
      api.files.rules(),
    ]);
    return { q, askedAt, page, unfinished, rules };
  });
};
