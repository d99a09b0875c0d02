/**
 * The one way a deployment changes: load, decide, save in one transaction, then tell hosts, D1 and dashboards.
 */

import { openDatabase } from '#database/database.ts';
import { recordProgress } from '#database/deployments.repository.ts';
import { type DeploymentCommand, type DeploymentDecision, decide } from '#domain/deployment/decide.ts';
import { nextWake } from '#domain/deployment/next-wake.ts';
import { nextEnd, nextToGo } from '#domain/deployment/wave-text.ts';
import type { DeploymentSummary } from '#protocol/http/deployments.ts';
import { type DeploymentId, type HostId, type IdSource, newId } from '#protocol/ids.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import type { Env } from '../env.ts';
import type { JobReport } from '../host/host-rpc.ts';
import { Alarm } from '../outbox/alarm.ts';
import { Gather } from '../outbox/gather.ts';
import { type Channel, Outbox } from '../outbox/outbox.ts';
import { deploymentStub, hostStub, teamStub } from '../stubs.ts';
import { WriteBehind } from '../write-behind.ts';
import { changeEvents, summaryOf, targetOf } from './deployment-answers.ts';
import { DeploymentStore, type Plan, type TargetRow } from './deployment-store.ts';
import { rollBackByItself } from './start-rollback.ts';

/** D1 is shared: after the first write of a burst at most one in so much time. */
const RECORD_INTERVAL_MS = 250;

/** At most ten events a second and deployment reach a browser. */
const PUBLISH_INTERVAL_MS = 100;

/** A quick deployment is over by then, and is told and recorded once. */
const SETTLE_MS = 50;

/** That a host has its jobs is no news for anybody; it is written with the first result, or a moment later. */
const ANSWER_DELAY_MS = 30;

/** One invocation may make 1,000 calls to other objects; what is beyond goes in the next. */
const HOSTS_PER_DELIVERY = 900;

/**
 * Hosts are told in slices, without waiting for their answers. On one machine all objects share a thread that reads from sockets when
 * it has nothing else to do: between the slices it takes in the results of the first, whose locks are free again before anybody is told.
 */
const HOSTS_AT_ONCE = 20;
const BETWEEN_SLICES_MS = 2;

/** Rows in one write to D1 or one report to the TeamObject: some hundred kilobytes. */
const ROWS_PER_DELIVERY = 1000;

/** Reports of a host, and what it has been told by the call that they answer. */
type News = { reports: readonly JobReport[]; told: readonly TargetRow[] };

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
  readonly #news = new Gather<News>((news) => this.#takeNews(news));

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    this.store = new DeploymentStore(ctx.storage);
    this.#alarm = new Alarm(ctx.storage);
    this.#writeBehind = new WriteBehind(ctx.storage, () => this.store.cursors.flush());
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

  #takeNews(news: readonly News[]): void {
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

  tick(): void {
    this.#alarm.fired();
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
    const ended = () => isFinalDeployment(this.store.state().status);
    const started = () => this.store.plan.get() !== null;
    const behind = (cursor: 'recorded' | 'published') =>
      started() && this.store.cursors.get()[cursor] < this.store.cursors.get().version;
    return [
      {
        name: 'hosts',
        delayMs: 0,
        intervalMs: 0,
        pending: () => this.store.hasToTell(),
        urgent: () => true,
        deliver: () => this.#tellHosts(),
      },
      {
        name: 'team',
        delayMs: SETTLE_MS,
        intervalMs: PUBLISH_INTERVAL_MS,
        pending: () => behind('published'),
        urgent: ended,
        deliver: () => this.#publish(),
      },
      {
        name: 'record',
        delayMs: SETTLE_MS,
        intervalMs: RECORD_INTERVAL_MS,
        pending: () => behind('recorded'),
        // Whoever reads before this asks the object; the end reaches dashboards first.
        urgent: () => false,
        deliver: () => this.record(),
      },
      {
        name: 'rollback',
        delayMs: 0,
        intervalMs: 0,
        // It is made from the record, which must be whole first.
        pending: () => this.store.followUp.get()?.started === false && !behind('recorded'),
        urgent: () => true,
        deliver: () => this.#rollBack(),
      },
    ];
  }

  async #tellHosts(): Promise<void> {
    const plan = this.store.plan.get();
    if (plan === null) return;
    const byHost = Map.groupBy(this.store.toTell(HOSTS_PER_DELIVERY), (target) => target.host_id);
    const outcomes: Promise<PromiseSettledResult<void>[]>[] = [];
    for (const hosts of slices([...byHost], HOSTS_AT_ONCE)) {
      if (outcomes.length > 0) await moment();
      outcomes.push(Promise.allSettled(hosts.map(([host, targets]) => this.#tellHost(plan, host, targets))));
    }
    const failed = (await Promise.all(outcomes)).flat().find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw new Error(`a host could not be told: ${String(failed.reason)}`);
  }

  async #tellHost(plan: Plan, host: HostId, targets: readonly TargetRow[]): Promise<void> {
    const stub = hostStub(this.#env, host);
    const enqueued = targets.filter((target) => target.to_tell === 'enqueue');
    const canceled = targets.filter((target) => target.to_tell === 'cancel');
    const reports: JobReport[] = [];
    if (enqueued.length > 0) reports.push(...(await stub.enqueue(enqueueRequest(plan, enqueued))));
    if (canceled.length > 0) reports.push(...(await this.#cancelOn(plan, host, canceled)));
    const ended = reports.some((report) => report.completed_at !== null);
    await this.#news.add({ reports, told: targets }, ended ? 0 : ANSWER_DELAY_MS);
  }

  /** Enqueued first in every case: an enqueue whose answer was lost must not run after the cancel. */
  async #cancelOn(plan: Plan, host: HostId, targets: readonly TargetRow[]): Promise<JobReport[]> {
    const stub = hostStub(this.#env, host);
    const reports = await stub.cancel({
      deployment_id: plan.deployment_id,
      target_ids: targets.map((target) => target.id),
    });
    const known = new Set(reports.map((report) => report.target_id));
    const unknown = targets.filter((target) => !known.has(target.id));
    return [...reports, ...unknown.map((target) => canceledReport(target, this.clock.now()))];
  }

  async #publish(): Promise<void> {
    const plan = this.store.plan.get();
    if (plan === null) return;
    const { version, published } = this.store.cursors.get();
    const events = changeEvents(
      plan,
      this.store.state(),
      this.store.followUp.get(),
      this.store.changedSince(published, Number.MAX_SAFE_INTEGER),
    );
    await teamStub(this.#env, plan.team_id).reportDeployment({
      team_id: plan.team_id,
      deployment_id: plan.deployment_id,
      version,
      events,
    });
    this.store.cursors.setLater({ ...this.store.cursors.get(), published: version });
    this.#writeBehind.later();
  }

  async record(): Promise<void> {
    const plan = this.store.plan.get();
    if (plan === null) return;
    const { version, recorded } = this.store.cursors.get();
    const changed = this.store.changedSince(recorded, Number.MAX_SAFE_INTEGER);
    const batches = Array.from({ length: Math.max(1, Math.ceil(changed.length / ROWS_PER_DELIVERY)) }, (_, index) =>
      changed
        .slice(index * ROWS_PER_DELIVERY, (index + 1) * ROWS_PER_DELIVERY)
        .map((row) => ({ ...targetOf(plan, row), version: row.version })),
    );
    await recordProgress(
      openDatabase(this.#env.DB),
      plan.team_id,
      { ...this.summary(plan), version },
      batches,
      plan.activates,
    );
    this.store.cursors.setLater({ ...this.store.cursors.get(), recorded: version });
    this.#writeBehind.later();
    this.#outbox.kick();
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

  summary(plan: Plan): DeploymentSummary {
    return summaryOf(plan, this.store.state(), this.store.followUp.get());
  }
}

const slices = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, BETWEEN_SLICES_MS));

const enqueueRequest = (
  plan: Plan,
  targets: readonly TargetRow[],
): Parameters<ReturnType<typeof hostStub>['enqueue']>[0] => ({
  deployment_id: plan.deployment_id,
  deployment_name: plan.name,
  timeout_seconds: plan.timeout_seconds,
  retries: plan.retries,
  idempotent: plan.idempotent,
  offline: plan.offline,
  created_at: plan.created_at,
  jobs: targets.flatMap((target) => {
    const item = plan.items[target.item];
    return item === undefined
      ? []
      : [
          {
            target_id: target.id,
            device_id: target.device_id,
            device_key: target.device_key,
            work: {
              action: item.action,
              health_check: item.health_check,
              bandwidth_limit: plan.bandwidth_limit,
              undoes: target.undoes,
            },
          },
        ];
  }),
});

/** The host never heard of the target, so nothing ran. */
const canceledReport = (target: TargetRow, now: number): JobReport => ({
  target_id: target.id,
  version: Number.MAX_SAFE_INTEGER,
  status: 'canceled',
  attempt: target.attempt,
  progress_percent: null,
  result_message: 'canceled before it started',
  error_details: null,
  exit_code: null,
  waiting_for: null,
  started_at: null,
  completed_at: now,
  undo: null,
});
