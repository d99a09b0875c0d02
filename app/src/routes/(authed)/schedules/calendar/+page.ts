import { loadPage } from '$lib/api/load-page.ts';
import { viewerZone } from '$lib/format/viewer-zone.ts';
import { dayBounds, daysOf, readPlace } from '$lib/schedules/calendar-place.ts';
import type { PageLoad } from './$types';

/** Days are those of the reader's clock, which only the browser knows. */
export const ssr = false;

export const load: PageLoad = (event) => {
  const place = readPlace(event.url.searchParams, Date.now(), viewerZone());
  const bounds = dayBounds(daysOf(place), place.zone).map((bound) => new Date(bound).toISOString());
  const [from = '', to = ''] = [bounds[0], bounds.at(-1)];
  return loadPage(event, async (api) => ({ place, from, to, timeline: await api.schedules.timeline(from, to) }));
};
