/** What dashboards, the record and hosts hear of a schedule, and when: whatever has a version or a notice that they have not heard of. */
import type { Env } from '../env.ts';
import type { Channel } from '../outbox/outbox.ts';
import { teamStub } from '../stubs.ts';
import { shownState } from './schedule-answers.ts';
import { record, tellScheduleHosts } from './schedule-effects.ts';
import type { ScheduleStore } from './schedule-store.ts';
import { startGate } from './start-gate.ts';

/** D1 is shared, and whoever asks for one schedule asks its object: a quick run's beginning and end are one write. */
const RECORD_DELAY_MS = 500;
const RECORD_INTERVAL_MS = 1000;
/** At most four events a second and schedule reach a browser. */
const PUBLISH_DELAY_MS = 50;
const PUBLISH_INTERVAL_MS = 250;
/** What a person does in a row reaches hosts together. */
const NOTICE_DELAY_MS = 50;
/** Rows in one statement to D1. */
const ENTRIES_PER_RECORD = 500;

export class ScheduleNews {
  readonly #env: Env;
  readonly #store: ScheduleStore;
  /** Notes what was reached, in a transaction, and lets what waited for that go on. */
  readonly #note: (write: () => void) => void;

  constructor(env: Env, store: ScheduleStore, note: (write: () => void) => void) {
    this.#env = env;
    this.#store = store;
    this.#note = note;
  }

  channels(): Channel[] {
    // Schedules that stand in line come first; a run that began and ended meanwhile is told of once.
    const yields = () => startGate.isBusy();
    return [
      {
        name: 'team',
        delayMs: PUBLISH_DELAY_MS,
        yields,
        intervalMs: PUBLISH_INTERVAL_MS,
        pending: () => this.#isBehind('published'),
        urgent: () => false,
        deliver: () => this.#publish(),
      },
      {
        name: 'record',
        delayMs: RECORD_DELAY_MS,
        yields,
        intervalMs: RECORD_INTERVAL_MS,
        pending: () => this.#recordIsBehind(),
        urgent: () => false,
        deliver: () => this.#record(),
      },
      {
        name: 'hosts',
        delayMs: NOTICE_DELAY_MS,
        yields,
        intervalMs: 0,
        urgent: () => false,
        pending: () => this.#store.hasNotices(),
        deliver: () => this.#tellHosts(),
      },
    ];
  }

  /** Dashboards and hosts know all there is. */
  isTold(): boolean {
    return !this.#isBehind('published') && !this.#store.hasNotices();
  }

  /** For whoever asks, without waiting for more to come along. */
  async bringRecordUp(): Promise<void> {
    if (this.#recordIsBehind()) await this.#record();
  }

  #recordIsBehind(): boolean {
    return this.#isBehind('recorded') || this.#store.hasUnrecorded();
  }

  #isBehind(cursor: 'recorded' | 'published'): boolean {
    const cursors = this.#store.cursors.get();
    return this.#store.state.get() !== null && cursors[cursor] < cursors.version;
  }

  async #publish(): Promise<void> {
    const identity = this.#store.identity.get();
    const state = this.#store.state.get();
    if (identity === null || state === null) return;
    const { version, published, edited } = this.#store.cursors.get();
    const { team_id, schedule_id: id, name } = identity;
    const data = { id, name, ...shownState(state), edited: edited > published, removed: this.#store.removed.get() };
    await teamStub(this.#env, team_id).publish({
      team_id,
      source: id,
      version,
      events: [{ event: 'schedule_updated', data }],
    });
    this.#note(() => this.#reached('published', version));
  }

  /** One delivery may overtake another that was slow: what was reached stays reached. */
  #reached(cursor: 'recorded' | 'published', version: number): void {
    const cursors = this.#store.cursors.get();
    this.#store.cursors.set({ ...cursors, [cursor]: Math.max(cursors[cursor], version) });
  }

  async #record(): Promise<void> {
    const identity = this.#store.identity.get();
    const state = this.#store.state.get();
    if (identity === null || state === null) return;
    const { version } = this.#store.cursors.get();
    const entries = this.#store.unrecorded(ENTRIES_PER_RECORD);
    await record(this.#env, identity, state, version, entries);
    this.#note(() => {
      this.#store.setRecorded(entries);
      this.#reached('recorded', version);
    });
  }

  async #tellHosts(): Promise<void> {
    const identity = this.#store.identity.get();
    const notices = this.#store.notices();
    const last = notices.at(-1);
    if (identity === null || last === undefined) return;
    await tellScheduleHosts(
      this.#env,
      identity,
      last.seq,
      notices.map(({ notice }) => notice),
    );
    this.#note(() => this.#store.deleteNotices(last.seq));
  }
}
