/** The schedules that name a device of a host, or a group that it is in by hand. */
import type { ScheduleSummary } from '#protocol/http/schedules.ts';
import { api } from '$lib/api/api.ts';
import { byNextRun } from '$lib/schedules/by-next-run.ts';
import { type ScheduleUpdate, withUpdate } from '$lib/schedules/schedule-changes.ts';

/** A device has a handful. */
const PAGE = 100;

export class HostSchedules {
  #items = $state.raw<readonly ScheduleSummary[]>([]);
  #loaded = $state(false);
  #more = $state(false);
  #failedAt = $state<number | null>(null);
  readonly #deviceIds: () => readonly string[];

  constructor(deviceIds: () => readonly string[]) {
    this.#deviceIds = deviceIds;
  }

  /** Those that are due next first, and those that have ended last. */
  get items(): readonly ScheduleSummary[] {
    return byNextRun(this.#items);
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** A device has so many that not all are here. */
  get hasMore(): boolean {
    return this.#more;
  }

  get staleSince(): number | null {
    return this.#failedAt;
  }

  refresh = async (): Promise<void> => {
    try {
      const found = new Map<string, ScheduleSummary>();
      let more = false;
      // One after the other: a host may have many devices.
      for (const device_id of this.#deviceIds()) {
        const page = await api.schedules.list({ device_id, limit: PAGE });
        for (const schedule of page.items) found.set(schedule.id, schedule);
        more ||= page.next_cursor !== null;
      }
      this.#items = [...found.values()];
      this.#more = more;
      this.#loaded = true;
      this.#failedAt = null;
    } catch {
      this.#failedAt ??= Date.now();
    }
  };

  /** Answers whether it must be asked again: a schedule may name this host now, or no longer. */
  changed(update: ScheduleUpdate): boolean {
    if (update.removed) this.#items = this.#items.filter(({ id }) => id !== update.id);
    else this.#items = this.#items.map((item) => (item.id === update.id ? withUpdate(item, update) : item));
    return update.edited && !update.removed;
  }
}
