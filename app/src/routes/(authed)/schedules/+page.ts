import { ScheduleStatus } from '#protocol/states.ts';
import { loadPage } from '$lib/api/load-page.ts';
import { readWorkFilter } from '$lib/deploy/work-filter.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = (event) => {
  const filter = readWorkFilter(event.url.searchParams, ScheduleStatus);
  return loadPage(event, async (api) => {
    const [page, stats] = await Promise.all([api.schedules.list({ ...filter }), api.schedules.stats()]);
    return { filter, page, stats };
  });
};
