import { isEndedSchedule } from '#protocol/states.ts';
import { loadPage } from '$lib/api/load-page.ts';
import { viewerZone } from '$lib/format/viewer-zone.ts';
import { executionQuery, readExecutionFilter } from '$lib/schedules/execution-filter.ts';
import { ledgerPage } from '$lib/schedules/ledger-row.ts';
import { previewRequest } from '$lib/schedules/next-runs.ts';
import { isFiltered } from '$lib/ui/filter.ts';
import type { PageLoad } from './$types';

/** As many as the chart has bars. */
const RECENT = 60;

export const load: PageLoad = (event) => {
  const { id } = event.params;
  const { searchParams } = event.url;
  const filter = readExecutionFilter(searchParams);
  const showsLedger = searchParams.get('view') === 'ledger';
  return loadPage(event, async (api) => {
    const [schedule, stats, recent, filtered, ledger] = await Promise.all([
      api.schedules.get(id),
      api.schedules.statsOf(id),
      api.schedules.executions(id, { limit: RECENT }),
      isFiltered(filter) && !showsLedger
        ? api.schedules.executions(id, executionQuery(filter, viewerZone()))
        : Promise.resolve(null),
      showsLedger ? api.schedules.ledger(id) : Promise.resolve(null),
    ]);
    // Without it the page still says everything else.
    const runs = isEndedSchedule(schedule.status)
      ? null
      : await api.schedules.preview(previewRequest(schedule)).catch(() => null);
    return {
      schedule,
      stats,
      recent,
      filter,
      history: filtered ?? recent,
      ledger: ledger === null ? null : ledgerPage(ledger),
      runs,
    };
  });
};
