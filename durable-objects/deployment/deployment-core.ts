/**
 * The one way a deployment changes: load, decide, save in one transaction, then tell hosts, D1 and dashboards.
 */

import { openDatabase } from '#database/database.ts';
import { type DeploymentCommand, type DeploymentDecision, decide } from '#domain/deployment/decide.ts';
import { nextWake } from '#domain/deployment/next-wake.ts';
import { nextEnd, nextToGo } from '#domain/deployment/wave-text.ts';
import type { DeploymentSummary } from '#protocol/http/deployments.ts';
import { type DeploymentId, type IdSource, newId } from '#protocol/ids.ts';
import type { Env } from '../env.ts';
import type { JobReport } from '../host/host-rpc.ts';
import { logEvent } from '../log.ts';
import { Alarm } from '../outbox/alarm.ts';
import { Gather } from '../outbox/gather.ts';
import { type Channel, Outbox } from '../outbox/outbox.ts';
import type { RunReport } from '../schedule/schedule-rpc.ts';
import { deploymentStub } from '../stubs.ts';
import { WriteBehind } from '../write-behind.ts';
import { summaryOf } from './deployment-answers.ts';
import { DeploymentStore, type Plan } from './deployment-store.ts';
import { Projections } from './projections.ts';
import { rollBackByItself } from './start-rollback.ts';
import { HOSTS_PER_DELIVERY, type HostAnswer, tellHosts } from './tell-hosts.ts';

/** That a host has its jobs is no news for anybody; it is written with the first result, or a moment later. */
const ANSWER_DELAY_MS = 30;

/** After a look that failed: what made it fail may be over by then. */
const RETRY_TICK_MS = 30_000;

export class DeploymentCore {
  readonly store: DeploymentStore;
  readonly clock = { now: () => Date.now(), random: () => Math.random() };
  readonly #ids: IdSource = {
    now: () => this.clock.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  };
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #alarm: Alarm;
  readonly #writeBehind: WriteBehind;
  readonly #outbox: Outbox;
  readonly #projections: Projections;
  readonly #news = new Gather<HostAnswer>((news) => this.#takeNews(news));

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    this.store = new DeploymentStore(ctx.storage);
    this.#alarm = new Alarm(ctx.storage);
    this.#writeBehind = new WriteBehind(ctx.storage, () => this.store.cursors.flush());
    this.#projections = new Projections(env, this.store, this.#writeBehind, () => this.#outbox.kick());
    this.#outbox = new Outbox(this.#channels(), {
      storage: ctx.storage,
      now: () => this.clock.now(),
      random: () => this.clock.random(),
      waitUntil: (promise) => ctx.waitUntil(promise),
      rearm: () => this.#alarm.arm(this.#outbox.nextWake()),
    });
  }

  /** `write` joins the transaction and comes first. */
  apply(
    command: DeploymentCommand,
    reports: readonly JobReport[] = [],
    write: () => void = () => {},
  ): DeploymentDecision {
    const now = this.clock.now();
    const decision = this.#transaction(() => {
      write();
      const decided = decide(this.store.state(), command, now);
      if (decided.type === 'accepted') this.#save(decided, reports, now);
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

  #save(decision: Extract<DeploymentDecision, { type: 'accepted' }>, reports: readonly JobReport[], now: number): void {
    const cursors = this.store.cursors.get();
    const version = cursors.version + 1;
    this.store.cursors.set({ ...cursors, version });
    this.store.setState(decision.state);
    for (const index of decision.taken) {
      const report = reports[index];
      if (report !== undefined) this.store.takeReport(report, version);
    }
    if (this.store.isFired() && !this.store.run.get().ran && reports.some((report) => report.started_at !== null))
      this.store.run.set({ ...this.store.run.get(), ran: true });
    if (decision.endPending !== null) this.store.endPending(decision.endPending, version, now);
    if (decision.admit > 0) this.store.admit(decision.admit, version);
    if (decision.cancelInFlight) this.store.cancelInFlight();
    if (decision.state.counts.pending > 0)
      this.store.setWaiting(nextToGo(decision.state), nextEnd(decision.state), version);
    if (decision.state.rollbackDue && this.store.followUp.get() === null)
      this.store.followUp.set({ id: newId('dep', this.#ids), started: false, refused: null });
  }

  /** Resolves when the reports are committed. */
  takeReports(reports: readonly JobReport[]): Promise<void> {
    return this.#news.add({ reports, told: [] });
  }

  #takeNews(news: readonly HostAnswer[]): void {
    if (this.store.plan.get() === null) return;
    const reports = news.flatMap((one) => one.reports);
    const known = this.store.known(reports.map((report) => report.target_id));
    const mine = reports.flatMap((report) => {
      const target = known.get(report.target_id);
      return target === undefined ? [] : [{ report, target }];
    });
    this.apply(
      {
        type: 'report',
        reports: mine.map(({ report, target }) => ({
          id: report.target_id,
          target,
          status: report.status,
          version: report.version,
        })),
      },
      mine.map(({ report }) => report),
      () => this.store.told(news.flatMap((one) => one.told)),
    );
  }

  /** What the alarm does. One that fails is made up for: the runtime gives an alarm up after some tries. */
  tick(): void {
    this.#alarm.fired();
    try {
      this.#tick();
    } catch (error) {
      logEvent('deployment.tick_failed', { error: String(error) });
      this.#alarm.arm(this.clock.now() + RETRY_TICK_MS);
    }
  }

  #tick(): void {
    if (this.store.plan.get() === null) return;
    const due = nextWake(this.store.state());
    if (due !== null && due <= this.clock.now()) this.apply({ type: 'tick' });
    this.#outbox.kick();
    this.#arm();
  }

  #arm(): void {
    this.#alarm.arm(this.#outbox.nextWake());
    this.#alarm.arm(nextWake(this.store.state()));
  }

  #channels(): Channel[] {
    return [
      {
        name: 'hosts',
        delayMs: 0,
        intervalMs: 0,
        pending: () => this.store.hasToTell(),
        urgent: () => true,
        deliver: () => this.#tellHosts(),
      },
      ...this.#projections.channels(),
      {
        name: 'rollback',
        delayMs: 0,
        intervalMs: 0,
        // It is made from the record, which must be whole first.
        pending: () => this.store.followUp.get()?.started === false && !this.#projections.recordIsBehind(),
        urgent: () => true,
        deliver: () => this.#rollBack(),
      },
    ];
  }

  async #tellHosts(): Promise<void> {
    const plan = this.store.plan.get();
    if (plan === null) return;
    const take = (answer: HostAnswer): Promise<void> => {
      const ended = answer.reports.some((report) => report.completed_at !== null);
      return this.#news.add(answer, ended ? 0 : ANSWER_DELAY_MS);
    };
    const deps = { env: this.#env, plan, take };
    await tellHosts(deps, this.store.toTell(HOSTS_PER_DELIVERY));
  }

  /** Brings the record up to now; what waits for that goes on. */
  async record(): Promise<void> {
    if (this.#projections.recordIsBehind()) await this.#projections.record();
  }

  async #rollBack(): Promise<void> {
    const plan = this.store.plan.get();
    const followUp = this.store.followUp.get();
    if (plan === null || followUp === null) return;
    const deps = {
      db: openDatabase(this.#env.DB),
      ids: this.#ids,
      deployment: (id: DeploymentId) => deploymentStub(this.#env, id),
    };
    const refused = await rollBackByItself(deps, plan, followUp.id, new Date(this.clock.now()));
    this.apply({ type: 'tick' }, [], () => this.store.followUp.set({ ...followUp, started: true, refused }));
  }

  runReport(plan: Plan): RunReport {
    return this.#projections.run.report(plan);
  }

  summary(plan: Plan): DeploymentSummary {
    return summaryOf(plan, this.store.state(), this.store.followUp.get());
  }
}
