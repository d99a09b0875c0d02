/** What dashboards and the record hear of a deployment, and when: whatever has a version that they have not heard of. */
import { openDatabase } from '#database/database.ts';
import { recordProgress } from '#database/deployments.repository.ts';
import { hasSwitched } from '#domain/deployment/blue-green.ts';
import type { Activates } from '#protocol/http/deployments.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import { slicesBySize } from '../by-size.ts';
import type { Env } from '../env.ts';
import type { Channel } from '../outbox/outbox.ts';
import { startGate } from '../schedule/start-gate.ts';
import { teamStub } from '../stubs.ts';
import type { WriteBehind } from '../write-behind.ts';
import { changeEvents, summaryOf, targetOf } from './deployment-answers.ts';
import type { DeploymentStore, Plan } from './deployment-store.ts';
import { ScheduledRun } from './scheduled-run.ts';

/** D1 is shared: after the first write of a burst at most one in so much time. */
const RECORD_INTERVAL_MS = 250;

/** At most ten events a second and deployment reach a browser. */
const PUBLISH_INTERVAL_MS = 100;

/** A quick deployment is over by then, and is told and recorded once. */
const SETTLE_MS = 50;

/** Rows in one statement to D1: some hundred kilobytes, but for those that have much to say. */
const ROWS_PER_DELIVERY = 1000;

export class Projections {
  readonly #env: Env;
  readonly #store: DeploymentStore;
  readonly #writeBehind: WriteBehind;
  readonly #afterRecord: () => void;

  readonly run: ScheduledRun;

  constructor(env: Env, store: DeploymentStore, writeBehind: WriteBehind, afterRecord: () => void) {
    this.run = new ScheduledRun(env, store);
    this.#env = env;
    this.#store = store;
    this.#writeBehind = writeBehind;
    this.#afterRecord = afterRecord;
  }

  channels(): Channel[] {
    // Nobody sits and waits for what a schedule fired.
    const yields = () => this.#store.isFired() && startGate.isBusy();
    return [
      {
        name: 'team',
        delayMs: SETTLE_MS,
        yields,
        intervalMs: PUBLISH_INTERVAL_MS,
        pending: () => this.#isBehind('published'),
        urgent: () => isFinalDeployment(this.#store.state().status),
        deliver: () => this.#publish(),
      },
      {
        name: 'record',
        delayMs: SETTLE_MS,
        yields,
        intervalMs: RECORD_INTERVAL_MS,
        pending: () => this.recordIsBehind(),
        // Whoever reads before this asks the object; the end reaches dashboards first.
        urgent: () => false,
        deliver: () => this.record(),
      },
      this.run.channel(),
    ];
  }

  recordIsBehind(): boolean {
    return this.#isBehind('recorded');
  }

  #isBehind(cursor: 'recorded' | 'published'): boolean {
    const cursors = this.#store.cursors.get();
    return this.#store.plan.get() !== null && cursors[cursor] < cursors.version;
  }

  async #publish(): Promise<void> {
    const plan = this.#store.plan.get();
    if (plan === null) return;
    const { version, published } = this.#store.cursors.get();
    const changed = this.#store.changedSince(published);
    const events = [
      ...changeEvents(plan, this.#store.state(), this.#store.followUp.get(), changed),
      ...this.run.events(plan, changed),
    ];
    await teamStub(this.#env, plan.team_id).publish({
      team_id: plan.team_id,
      source: plan.deployment_id,
      version,
      events,
    });
    this.#reached('published', version);
  }

  /** The side of blue and green that this deployment has made serve. */
  #switched({ activates, strategy, items, parent }: Plan): Activates | null {
    const state = this.#store.state();
    if (activates === null || !isFinalDeployment(state.status)) return null;
    const switches = items.flatMap(({ side }, index) => (side === null ? [] : [index]));
    const counts = this.#store.countsOfItems(switches);
    return hasSwitched(strategy, state, counts, parent?.relation === 'rollback') ? activates : null;
  }

  /** One delivery may overtake another that was slow: what was reached stays reached. */
  #reached(cursor: 'recorded' | 'published', version: number): void {
    const cursors = this.#store.cursors.get();
    this.#store.cursors.setLater({ ...cursors, [cursor]: Math.max(cursors[cursor], version) });
    this.#writeBehind.later();
  }

  async record(): Promise<void> {
    const plan = this.#store.plan.get();
    if (plan === null) return;
    const { version, recorded } = this.#store.cursors.get();
    const changed = this.#store.changedSince(recorded);
    const rows = changed.map((row) => ({ ...targetOf(plan, row), version: row.version }));
    const batches = slicesBySize(rows, ROWS_PER_DELIVERY);
    await recordProgress(
      openDatabase(this.#env.DB),
      plan.team_id,
      { ...summaryOf(plan, this.#store.state(), this.#store.followUp.get()), version },
      batches,
      this.#switched(plan),
      slicesBySize(this.run.executions(plan, changed), ROWS_PER_DELIVERY),
    );
    this.#reached('recorded', version);
    this.#afterRecord();
  }
}
