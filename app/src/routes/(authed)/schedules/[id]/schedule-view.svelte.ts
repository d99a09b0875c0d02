/** All that a schedule's page shows, and how it follows what happens. */
import type { Execution, ExecutionStats, ListedExecution, Preview, Schedule } from '#protocol/http/schedules.ts';
import { api } from '$lib/api/api.ts';
import { FollowedList } from '$lib/api/followed-list.svelte.ts';
import { viewerZone } from '$lib/format/viewer-zone.ts';
import { Refreshed } from '$lib/live/refreshed.svelte.ts';
import { executionsWith } from '$lib/schedules/execution-changes.ts';
import { executionQuery, passesFilter } from '$lib/schedules/execution-filter.ts';
import { Heard } from '$lib/schedules/heard.ts';
import { type LedgerRow, ledgerPage } from '$lib/schedules/ledger-row.ts';
import { previewRequest } from '$lib/schedules/next-runs.ts';
import { type ScheduleUpdate, withUpdate } from '$lib/schedules/schedule-changes.ts';
import type { PageData } from './$types';

/** A schedule about which more is told than can be fetched meanwhile waits for its next change. */
const MAX_ATTEMPTS = 5;

export class ScheduleView {
  readonly id: string;
  readonly schedule: Refreshed<Schedule>;
  readonly stats: Refreshed<ExecutionStats>;
  readonly runs: Refreshed<Preview | null>;
  /** For the chart, whatever the filter is. */
  readonly recent: FollowedList<ListedExecution>;
  readonly history: FollowedList<ListedExecution>;
  readonly ledger: FollowedList<LedgerRow> | null;
  readonly #passes: (execution: Execution) => boolean;
  readonly #heard = new Heard();

  constructor({ schedule, stats, runs, recent, history, ledger, filter }: PageData) {
    const { id } = schedule;
    const zone = viewerZone();
    this.id = id;
    this.schedule = new Refreshed(schedule, this.#fetchSchedule);
    this.stats = new Refreshed(stats, () => api.schedules.statsOf(id));
    this.runs = new Refreshed(runs, () => api.schedules.preview(previewRequest(this.schedule.value)));
    this.recent = new FollowedList(recent, (cursor) => api.schedules.executions(id, { limit: 60, cursor }));
    this.history = new FollowedList(history, (cursor) =>
      api.schedules.executions(id, { ...executionQuery(filter, zone), cursor }),
    );
    this.ledger =
      ledger === null
        ? null
        : new FollowedList(ledger, async (cursor) => ledgerPage(await api.schedules.ledger(id, { cursor })));
    this.#passes = (execution) => passesFilter(execution, filter, zone);
  }

  scheduleChanged(update: ScheduleUpdate): void {
    this.#heard.note(this.id);
    this.schedule.update((schedule) => withUpdate(schedule, update));
  }

  executionChanged(execution: Execution): void {
    const { recent, history } = this;
    recent.update((items) => executionsWith(items, execution, () => true, recent.hasMore));
    history.update((items) => executionsWith(items, execution, this.#passes, history.hasMore));
  }

  /** Takes the answer to what is about to be asked for, unless an event overtakes it. */
  acting = (): ((answer: Schedule) => void) => {
    const overtaken = this.#heard.since(this.id);
    return (answer) => {
      if (!overtaken()) this.schedule.update(() => answer);
    };
  };

  #fetchSchedule = async (): Promise<Schedule> => {
    for (let attempt = 1; ; attempt++) {
      const overtaken = this.#heard.since(this.id);
      const schedule = await api.schedules.get(this.id);
      if (!overtaken() || attempt === MAX_ATTEMPTS) return schedule;
    }
  };
}
