/** The one way a schedule changes: load, decide, save in one transaction, then start what fires and tell hosts, D1 and dashboards. */
import { decide, type ScheduleCommand } from '#domain/schedule/decide.ts';
import { describeRecurrence } from '#domain/schedule/describe.ts';
import { nextWake } from '#domain/schedule/next-wake.ts';
import type { Run, ScheduleDecision, ScheduleState } from '#domain/schedule/schedule-state.ts';
import { assertNever } from '#protocol/assert.ts';
import { type DeploymentId, type IdSource, newId } from '#protocol/ids.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import type { ResolvedDraft } from '../deployment/draft.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../log.ts';
import { Alarm } from '../outbox/alarm.ts';
import { migrate } from '../outbox/migrate.ts';
import { type Channel, Outbox } from '../outbox/outbox.ts';
import { deploymentStub, teamStub } from '../stubs.ts';
import { noticeLine, shownState, withdrawReason } from './schedule-answers.ts';
import { record, resolveAhead, type Start, startRun, tellScheduleHosts } from './schedule-effects.ts';
import { scheduleMigrations } from './schedule-schema.ts';
import { type Identity, ScheduleStore } from './schedule-store.ts';

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
/** After a look that failed: what made it fail may be over by then. */
const RETRY_TICK_MS = 30_000;

/** Instants from here on may still come up: the clock may have gone back, or jumped over some. */
const openSince = (state: ScheduleState | null, now: number): number =>
  Math.min(now, state?.nextRunAt ?? now, state?.pausedAt ?? now);

/**
 * How long before a run is due what it needs is brought up: a new object takes some milliseconds to make its storage, and a thousand of
 * them some seconds. At most nine seconds, because objects that nobody calls are put away after ten.
 */
const LEAD_MIN_MS = 1_500;
const LEAD_MAX_MS = 9_000;

/** From 0 to 1, the same for the same id: its end is random. */
const spread = (id: string): number => (Number.parseInt(id.slice(-3), 36) % 1024) / 1024;

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
  #ahead: { identity: Identity; at: number; draft: ResolvedDraft } | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    this.store = new ScheduleStore(ctx.storage);
    this.#alarm = new Alarm(ctx.storage);
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
    this.store.saveEntries(ledger, version, () => newId('exe', this.ids));
    const { recurrence, timezone } = state.definition;
    const frequency = identity.cron_expression ?? describeRecurrence(recurrence, timezone);
    this.store.addNotices(
      notices.map((notice) => ({
        ...noticeLine(identity.name, frequency, state, notice),
        withdraw: withdrawReason(notice),
      })),
    );
  }

  /** Does what is due before a person's word is taken: the instant before it has fired. */
  settle(): void {
    const nextRunAt = this.store.state.get()?.nextRunAt ?? null;
    if (nextRunAt !== null && nextRunAt <= this.clock.now()) this.fire();
  }

  fire(): void {
    const prepared = this.store.prepared.get();
    const isReady = prepared !== null && prepared.at === this.store.state.get()?.nextRunAt;
    this.apply({ type: 'tick', deploymentId: isReady ? prepared.deploymentId : newId('dep', this.ids) });
  }

  /** A run that is due in a moment: its deployment's object comes up now, so that it is there on time. */
  #prepare(): void {
    const at = this.store.state.get()?.nextRunAt ?? null;
    const now = this.clock.now();
    if (at === null || at <= now || at - now > LEAD_MAX_MS || this.store.prepared.get()?.at === at) return;
    const deploymentId = newId('dep', this.ids);
    this.#transaction(() => {
      this.store.prepared.set({ at, deploymentId });
      this.#arm();
    });
    // Whatever fails now is done again by the start, which will say so.
    const coming = [deploymentStub(this.#env, deploymentId).prepare(), this.#resolve(at)];
    this.#ctx.waitUntil(Promise.allSettled(coming));
  }

  async #resolve(at: number): Promise<void> {
    const identity = this.store.identity.get();
    const draft = identity === null ? null : await resolveAhead(this.#env, identity);
    if (identity !== null && draft !== null) this.#ahead = { identity, at, draft };
  }

  /** What was read for this very instant and definition; an eviction forgets it, and then it is read again. */
  #resolvedFor(identity: Identity, run: Run): ResolvedDraft | null {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead?.identity === identity && ahead.at === run.scheduledAt ? ahead.draft : null;
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
    if (state.nextRunAt !== null && this.store.prepared.get()?.at !== state.nextRunAt)
      this.#alarm.arm(state.nextRunAt - this.#lead());
  }

  /** Schedules that fire together prepare one after the other. */
  #lead(): number {
    const id = this.store.identity.get()?.schedule_id ?? '';
    return LEAD_MIN_MS + spread(id) * (LEAD_MAX_MS - LEAD_MIN_MS);
  }

  #channels(): Channel[] {
    const now = { delayMs: 0, intervalMs: 0, urgent: () => true };
    return [
      { name: 'start', ...now, pending: () => this.#unstarted().length > 0, deliver: () => this.#startRuns() },
      {
        name: 'team',
        delayMs: PUBLISH_DELAY_MS,
        intervalMs: PUBLISH_INTERVAL_MS,
        pending: () => this.#isBehind('published'),
        urgent: () => false,
        deliver: () => this.#publish(),
      },
      {
        name: 'record',
        delayMs: RECORD_DELAY_MS,
        intervalMs: RECORD_INTERVAL_MS,
        pending: () => this.#isBehind('recorded') || this.store.hasUnrecorded(),
        urgent: () => false,
        deliver: () => this.#record(),
      },
      {
        name: 'hosts',
        ...now,
        delayMs: NOTICE_DELAY_MS,
        urgent: () => false,
        pending: () => this.store.hasNotices(),
        deliver: () => this.#tellHosts(),
      },
      {
        name: 'forget',
        ...now,
        pending: () =>
          this.store.removed.get() &&
          this.#unstarted().length === 0 &&
          !this.#isBehind('published') &&
          !this.store.hasNotices(),
        deliver: () => this.#forget(),
      },
    ];
  }

  #isBehind(cursor: 'recorded' | 'published'): boolean {
    const cursors = this.store.cursors.get();
    return this.store.state.get() !== null && cursors[cursor] < cursors.version;
  }

  #unstarted(): Run[] {
    return (this.store.state.get()?.runs ?? []).filter(({ startedAt }) => startedAt === null);
  }

  /** In their order: the first one runs, and the next one waits for it. */
  async #startRuns(): Promise<void> {
    for (const { deploymentId } of this.#unstarted()) await this.#startRun(deploymentId);
  }

  async #startRun(deploymentId: DeploymentId): Promise<void> {
    const identity = this.store.identity.get();
    const state = this.store.state.get();
    // It may have been withdrawn while another was started.
    const run = this.#unstarted().find((one) => one.deploymentId === deploymentId);
    if (identity === null || state === null || run === undefined) return;
    try {
      const resolved = this.#resolvedFor(identity, run);
      const start = await startRun(this.#env, this.ids, identity, state, run, resolved);
      this.apply(commandFor(deploymentId, start));
    } catch (error) {
      this.apply({ type: 'run_postponed', deploymentId, reason: rootMessage(error) });
      throw error;
    }
  }

  async #publish(): Promise<void> {
    const identity = this.store.identity.get();
    const state = this.store.state.get();
    if (identity === null || state === null) return;
    const { version, published, edited } = this.store.cursors.get();
    const { team_id, schedule_id: id, name } = identity;
    const data = { id, name, ...shownState(state), edited: edited > published, removed: this.store.removed.get() };
    await teamStub(this.#env, team_id).publish({
      team_id,
      source: id,
      version,
      events: [{ event: 'schedule_updated', data }],
    });
    this.#reached('published', version);
  }

  #reached(cursor: 'recorded' | 'published', version: number): void {
    this.#transaction(() => {
      const cursors = this.store.cursors.get();
      this.store.cursors.set({ ...cursors, [cursor]: Math.max(cursors[cursor], version) });
    });
    this.#outbox.kick();
  }

  async #record(): Promise<void> {
    const identity = this.store.identity.get();
    const state = this.store.state.get();
    if (identity === null || state === null) return;
    const { version } = this.store.cursors.get();
    const entries = this.store.unrecorded(ENTRIES_PER_RECORD);
    await record(this.#env, identity, state, version, entries);
    this.#transaction(() => this.store.setRecorded(entries));
    this.#reached('recorded', version);
  }

  async #tellHosts(): Promise<void> {
    const identity = this.store.identity.get();
    const notices = this.store.notices();
    const last = notices.at(-1);
    if (identity === null || last === undefined) return;
    await tellScheduleHosts(
      this.#env,
      identity,
      last.seq,
      notices.map(({ notice }) => notice),
    );
    this.#transaction(() => this.store.deleteNotices(last.seq));
    this.#outbox.kick();
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

const commandFor = (deploymentId: DeploymentId, start: Start): ScheduleCommand => {
  switch (start.type) {
    case 'started':
      return { type: 'run_started', deploymentId };
    case 'withdrawn':
      return { type: 'run_withdrawn', deploymentId };
    case 'repeated':
      return { type: 'run_repeated', deploymentId, before: start.before };
    case 'refused':
      return { type: 'run_refused', deploymentId, reason: start.reason };
    default:
      return assertNever(start);
  }
};

/** For people: all that can fail is the record. Of what went wrong at the bottom the first line, without the query that it went wrong in. */
const rootMessage = (error: unknown): string => {
  if (error instanceof Error && error.cause !== undefined) return rootMessage(error.cause);
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return `the database was not available: ${line.slice(0, 200)}`;
};
