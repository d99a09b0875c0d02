/** The one way a schedule changes: load, decide, save in one transaction, then start what fires and tell hosts, D1 and dashboards. */
import { decide, type ScheduleCommand } from '#domain/schedule/decide.ts';
import { describeRecurrence } from '#domain/schedule/describe.ts';
import { nextWake } from '#domain/schedule/next-wake.ts';
import type { Run, ScheduleDecision, ScheduleState } from '#domain/schedule/schedule-state.ts';
import { type IdSource, newId } from '#protocol/ids.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../log.ts';
import { Alarm } from '../outbox/alarm.ts';
import { migrate } from '../outbox/migrate.ts';
import { BACKSTOP_MS, type Channel, Outbox } from '../outbox/outbox.ts';
import { deploymentStub } from '../stubs.ts';
import { RunStarter } from './run-starter.ts';
import { noticeLine, withdrawReason } from './schedule-answers.ts';
import { ScheduleNews } from './schedule-news.ts';
import { scheduleMigrations } from './schedule-schema.ts';
import { ScheduleStore } from './schedule-store.ts';
import { startGate } from './start-gate.ts';

/** After a look that failed: what made it fail may be over by then. */
const RETRY_TICK_MS = 30_000;

/** Alarms of a thousand that stand in line would make the line longer; after a crash it is as late as the line was long. */
const IN_LINE_MS = 15_000;

/** Instants from here on may still come up: the clock may have gone back, or jumped over some. */
const openSince = (state: ScheduleState | null, now: number): number =>
  Math.min(now, state?.nextRunAt ?? now, state?.pausedAt ?? now);

export class ScheduleCore {
  readonly store: ScheduleStore;
  readonly clock = { now: () => Date.now(), random: () => Math.random() };
  readonly ids: IdSource = {
    now: () => this.clock.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  };
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #alarm: Alarm;
  readonly #outbox: Outbox;
  readonly #news: ScheduleNews;
  readonly #starter: RunStarter;

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    this.store = new ScheduleStore(ctx.storage);
    this.#alarm = new Alarm(ctx.storage);
    this.#news = new ScheduleNews(env, this.store, (write) => this.#note(write));
    this.#starter = new RunStarter({
      env,
      store: this.store,
      ids: this.ids,
      apply: (command) => this.apply(command),
    });
    this.#outbox = new Outbox(this.#channels(), {
      storage: ctx.storage,
      now: () => this.clock.now(),
      random: () => this.clock.random(),
      waitUntil: (promise) => ctx.waitUntil(promise),
      rearm: () => this.#alarm.arm(this.#outbox.nextWake()),
    });
  }

  /** `write` joins the transaction when the command is accepted, and comes first. */
  apply(command: ScheduleCommand, write: () => void = () => {}): ScheduleDecision {
    const now = this.clock.now();
    const decision = this.#transaction(() => {
      const state = this.store.state.get();
      const decided = decide(state, command, now, this.store.firedSince(openSince(state, now)));
      if (decided.type === 'accepted') {
        write();
        this.#save(decided, command);
      }
      this.#arm();
      return decided;
    });
    this.#outbox.kick();
    return decision;
  }

  #transaction<Value>(change: () => Value): Value {
    try {
      return this.#ctx.storage.transactionSync(change);
    } catch (error) {
      this.store.forgetCopies();
      throw error;
    }
  }

  #save(decision: Extract<ScheduleDecision, { type: 'accepted' }>, command: ScheduleCommand): void {
    const { state, ledger, notices } = decision;
    const identity = this.store.identity.get();
    const isSame = this.store.state.get() === state && ledger.length === 0 && notices.length === 0;
    if (identity === null || isSame) return;
    const cursors = this.store.cursors.get();
    const version = cursors.version + 1;
    this.store.cursors.set({ ...cursors, version, edited: command.type === 'define' ? version : cursors.edited });
    this.store.state.set(state);
    this.store.saveEntries(ledger, version, this.ids);
    const { recurrence, timezone } = state.definition;
    const frequency = identity.cron_expression ?? describeRecurrence(recurrence, timezone);
    this.store.addNotices(
      notices.map((notice) => ({
        ...noticeLine(identity.name, frequency, state, notice),
        withdraw: withdrawReason(notice),
      })),
    );
  }

  /** Brings the record up to now. */
  record(): Promise<void> {
    return this.#news.bringRecordUp();
  }

  /** Does what is due before a person's word is taken: the instant before it has fired. */
  settle(): void {
    const nextRunAt = this.store.state.get()?.nextRunAt ?? null;
    if (nextRunAt !== null && nextRunAt <= this.clock.now()) this.fire();
  }

  fire(): void {
    const deploymentId = this.#starter.deploymentFor(this.store.state.get()?.nextRunAt ?? null);
    this.apply({ type: 'tick', deploymentId });
  }

  #prepare(): void {
    const at = this.#starter.due(this.clock.now());
    if (at === null) return;
    const deploymentId = newId('dep', this.ids);
    this.#transaction(() => {
      this.store.prepared.set({ at, deploymentId });
      this.#arm();
    });
    this.#ctx.waitUntil(this.#starter.prepare(at, deploymentId));
  }

  /** What the alarm does. One that fails is made up for: the runtime gives an alarm up after some tries. */
  tick(): void {
    this.#alarm.fired();
    try {
      if (this.store.state.get() === null) return;
      this.#prepare();
      this.fire();
    } catch (error) {
      logEvent('schedule.tick_failed', { error: String(error) });
      this.#alarm.arm(this.clock.now() + RETRY_TICK_MS);
    }
  }

  #arm(): void {
    const state = this.store.state.get();
    this.#alarm.arm(this.#outbox.nextWake());
    if (state === null) return;
    this.#alarm.arm(nextWake(state));
    this.#alarm.arm(this.#starter.nextWake());
  }

  /** Notes what others have heard, and lets what waited for that go on. */
  #note(write: () => void): void {
    this.#transaction(write);
    this.#outbox.kick();
  }

  #channels(): Channel[] {
    const now = { delayMs: 0, intervalMs: 0, urgent: () => true };
    return [
      {
        name: 'start',
        ...now,
        pending: () => this.#starter.unstarted().length > 0,
        get backstopMs() {
          return startGate.isBusy() ? IN_LINE_MS : BACKSTOP_MS;
        },
        deliver: () => this.#starter.start(),
      },
      ...this.#news.channels(),
      {
        name: 'forget',
        ...now,
        pending: () => this.store.removed.get() && this.#starter.unstarted().length === 0 && this.#news.isTold(),
        deliver: () => this.#forget(),
      },
    ];
  }

  async #forget(): Promise<void> {
    await this.#ctx.storage.deleteAlarm();
    await this.#ctx.storage.deleteAll();
    // Whoever still speaks to it, and what is on its way, finds an object that knows nothing instead of one without tables.
    migrate(this.#ctx.storage, scheduleMigrations);
    this.store.forgetCopies();
  }

  /** Asks after runs of which nothing was heard for too long; answers what it repaired. */
  async look(): Promise<string[]> {
    const before = this.store.state.get();
    if (before === null) return [];
    this.tick();
    const repaired = await Promise.all(before.runs.map((run) => this.#lookAfter(run)));
    const moved = this.store.state.get()?.nextRunAt !== before.nextRunAt ? ['moved its next run'] : [];
    return [...moved, ...repaired.filter((one) => one !== null)];
  }

  async #lookAfter({ deploymentId, startedAt }: Run): Promise<string | null> {
    if (startedAt === null) return null;
    const report = await deploymentStub(this.#env, deploymentId).runReport();
    if (report === null || !isFinalDeployment(report.status)) return null;
    const { ended_at: endedAt, deployment_id, started_at: _started, ...news } = report;
    this.apply({ type: 'run_reported', news: { ...news, deploymentId: deployment_id, endedAt } });
    return `took the end of ${deploymentId}`;
  }
}
