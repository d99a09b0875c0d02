import { loadPage } from '$lib/api/load-page.ts';
import { readScheduleFilter } from '$lib/schedules/schedule-filter.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) => {
  const filter = readScheduleFilter(event.url.searchParams);
  return loadPage(event, async (api) => {
    const [page, stats] = await Promise.all([api.schedules.list({ ...filter }), api.schedules.stats()]);
    return { filter, page, stats };
  });
};
