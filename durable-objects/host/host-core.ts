/**
 * The one way a host's state changes: load, decide, save and arm the alarm in one transaction, then act, then tell others.
 * Holds no state of its own but caches that are rebuilt from rows after an eviction.
 */

import { openDatabase } from '#database/database.ts';
import { projectHostState } from '#database/hosts.repository.ts';
import { decide, type HostCommand } from '#domain/host/decide.ts';
import type { HostEffect, HostJob, HostState } from '#domain/host/host-state.ts';
import { RARE_SILENCE_CHECK_MS, SILENCE_CHECK_MS, SILENT_AFTER_MS } from '#domain/host/limits.ts';
import { nextWake } from '#domain/host/next-wake.ts';
import { CloseCode } from '#protocol/agent/connection.ts';
import type { TargetId } from '#protocol/ids.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../log.ts';
import { Alarm } from '../outbox/alarm.ts';
import { type Channel, Outbox } from '../outbox/outbox.ts';
import { openAction } from '../secrets.ts';
import { deploymentStub, teamStub } from '../stubs.ts';
import { WriteBehind } from '../write-behind.ts';
import { AgentLink, closeQuietly, HELLO_WITHIN_MS } from './agent-link.ts';
import { HostOutput } from './host-output.ts';
import { fingerprint, hostSnapshot, jobReport } from './host-reports.ts';
import type { EnqueuedJob } from './host-rpc.ts';
import { HostStore } from './host-store.ts';

/** What joins a command's transaction: other writes, and what new jobs are to carry out. */
export type Alongside = { write?: () => void; fresh?: readonly EnqueuedJob[] };

export type Clock = { now: () => number; random: () => number };

/** A dashboard must hear of a lock within 100 ms; a job that is over sooner than this need not flicker on it. */
const TEAM_DELAY_MS = 50;

/** Steps of a quick job reach its deployment as one report; its end is sent at once. */
const REPORT_DELAY_MS = 50;

const RETRY_TICK_MS = 30_000;

/** No snapshot is empty text, so this differs from all of them. */
const UNKNOWN = '';

export class HostCore {
  readonly store: HostStore;
  readonly link: AgentLink;
  readonly output: HostOutput;
  readonly clock: Clock = { now: () => Date.now(), random: () => Math.random() };
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #alarm: Alarm;
  readonly #outbox: Outbox;
  readonly #writeBehind: WriteBehind;
  readonly #greetings = new Map<WebSocket, ReturnType<typeof setTimeout>>();
  #snapshot: string | null = null;
  #told: string | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    this.store = new HostStore(ctx.storage);
    this.link = new AgentLink(ctx);
    this.output = new HostOutput(ctx, env, this.store, {
      now: () => this.clock.now(),
      random: () => this.clock.random(),
      acknowledge: (target, offset) => this.acknowledgeLog(target, offset),
    });
    this.#alarm = new Alarm(ctx.storage);
    this.#writeBehind = new WriteBehind(ctx.storage, () => this.store.flush());
    this.#outbox = new Outbox(this.#channels(), {
      storage: ctx.storage,
      now: () => this.clock.now(),
      random: () => this.clock.random(),
      waitUntil: (promise) => ctx.waitUntil(promise),
      rearm: () => this.#alarm.arm(this.#outbox.nextWake()),
    });
  }

  socket(): WebSocket | null {
    return this.link.current(this.store.connectionId.get());
  }

  /**
   * Applies a step on the way of a job. It is not worth a sync of the disk: if it is lost in a crash, the agent's next `hello`
   * and result say more.
   */
  applyLater(command: Extract<HostCommand, { type: 'job_progress' }>): void {
    const before = this.store.state();
    const decision = decide(before, command, this.clock.now());
    if (decision.type === 'rejected') return;
    this.store.saveLater(before, decision.state);
    this.#snapshot = this.#describe(decision.state);
    this.#writeBehind.later();
    this.#outbox.kick();
  }

  /** Applies a command; a connection whose socket is gone is noticed first. `write` joins the same transaction. */
  apply(command: HostCommand, { write = () => {}, fresh = [] }: Alongside = {}): { accepted: boolean; reason: string } {
    const now = this.clock.now();
    const effects: HostEffect[] = [];
    const outcome = this.#transaction(() => {
      write();
      this.output.write();
      const loaded = this.store.state();
      const before = this.#noticeLoss(loaded, command, now);
      const decision = decide(before, command, now);
      const after = decision.type === 'accepted' ? decision.state : before;
      effects.push(...decision.effects);
      this.store.save(loaded, after, fresh);
      for (const { target_id } of fresh) this.output.begin(target_id);
      if (after.jobs.some((job) => job.end?.at === now)) this.output.planHousekeeping();
      this.#snapshot = this.#describe(after);
      this.#alarm.arm(this.#wake(after, now) ?? this.store.housekeepingAt.get() ?? this.#outbox.nextWake());
      return decision.type === 'accepted'
        ? { accepted: true, reason: '' }
        : { accepted: false, reason: decision.reason };
    });
    this.output.tell();
    for (const effect of effects) this.#perform(effect);
    this.#outbox.kick();
    return outcome;
  }

  #transaction<Value>(change: () => Value): Value {
    try {
      return this.#ctx.storage.transactionSync(change);
    } catch (error) {
      this.store.forgetCopies();
      this.output.forgetCopies();
      throw error;
    }
  }

  /** A restart of the runtime closes sockets without a word: the stored state says online, and no socket is there. */
  #noticeLoss(state: HostState, command: HostCommand, now: number): HostState {
    const known = command.type === 'connected' || command.type === 'connection_lost';
    if (known || state.connection.state === 'offline' || this.socket() !== null) return state;
    const decision = decide(state, { type: 'connection_lost', goodbye: false }, now);
    return decision.type === 'accepted' ? decision.state : state;
  }

  #wake(state: HostState, now: number): number | null {
    const socket = state.connection.state === 'online' ? this.socket() : null;
    const since = state.connection.since ?? now;
    const lastSign = socket === null ? since : Math.max(since, this.link.lastHeartbeat(socket) ?? 0);
    return nextWake(
      state,
      lastSign,
      this.#env.FRONT_ENDS_SILENT_AGENTS === undefined ? SILENCE_CHECK_MS : RARE_SILENCE_CHECK_MS,
    );
  }

  #perform(effect: HostEffect): void {
    const socket = this.socket();
    if (effect.type === 'acknowledge')
      this.link.send(socket, { type: 'result.ack', target_id: effect.targetId, attempt: effect.attempt });
    else if (effect.type === 'cancel')
      this.link.send(socket, {
        type: 'job.cancel',
        target_id: effect.targetId,
        attempt: effect.attempt,
        reason: effect.reason,
      });
    else this.#offer(socket, effect);
  }

  #offer(socket: WebSocket | null, effect: Extract<HostEffect, { type: 'offer' }>): void {
    const stored = this.store.job(effect.targetId);
    if (stored === null) return;
    const { job, work } = stored;
    const opened = openAction(this.#env, work.action);
    if (!opened.ok) {
      this.#cannotOffer(job, opened.message);
      return;
    }
    this.link.send(socket, {
      type: 'job.offer',
      job: {
        target_id: job.targetId,
        attempt: job.attempt,
        deployment_id: job.deploymentId,
        device_key: job.deviceKey,
        ...work,
        action: opened.action,
        timeout_seconds: job.timeoutMs / 1000,
        idempotent: job.idempotent,
        log_offset: job.attempt === 1 ? 0 : this.output.end(job.targetId),
      },
    });
  }

  /** A key that is lost stays lost: the job ends here, and no other attempt is made. */
  #cannotOffer(job: HostJob, message: string): void {
    const log_end = this.output.end(job.targetId);
    this.apply({
      type: 'job_result',
      result: {
        type: 'job.result',
        target_id: job.targetId,
        attempt: job.attempt,
        outcome: 'failed',
        reason: 'unsupported',
        exit_code: null,
        message,
        details: null,
        undo: null,
        log_end,
      },
    });
  }

  /** What the alarm does: everything that is due, whatever it was armed for. Safe to do at any time. */
  async tick(): Promise<void> {
    this.#alarm.fired();
    const now = this.clock.now();
    try {
      this.#dropSilent(now);
      this.apply({ type: 'tick' });
      this.#alarm.arm(await this.output.keepHouse());
      this.#alarm.arm(this.#outbox.nextWake());
    } catch (error) {
      logEvent('host.tick_failed', { error: String(error) });
      this.#alarm.arm(now + RETRY_TICK_MS);
    }
  }

  /** Closes a socket on which `hello` does not come in time. A timer is enough: a crash ends the socket as well. */
  expectHello(socket: WebSocket): void {
    const close = (): void => closeQuietly(socket, CloseCode.badMessage, 'hello did not come in time');
    this.#greetings.set(socket, setTimeout(close, HELLO_WITHIN_MS));
  }

  /** `hello` is there. */
  greeted(socket: WebSocket): void {
    clearTimeout(this.#greetings.get(socket));
    this.#greetings.delete(socket);
  }

  #dropSilent(now: number): void {
    const socket = this.socket();
    const { connection } = this.store.state();
    if (socket === null || connection.state === 'offline') return;
    const lastSign = Math.max(connection.since, this.link.lastHeartbeat(socket) ?? 0);
    if (now - lastSign < SILENT_AFTER_MS) return;
    closeQuietly(socket, CloseCode.silent, 'no heartbeat');
    // Silence was its own grace: nobody expects this agent back in a moment.
    this.apply({ type: 'connection_lost', goodbye: true });
  }

  acknowledgeLog(target: TargetId, offset: number): void {
    this.link.send(this.socket(), { type: 'log.ack', target_id: target, offset });
  }

  #describe(state: HostState): string | null {
    return this.store.identity.get() === null ? null : fingerprint(state, this.store.revoked.get());
  }

  #channels(): Channel[] {
    return [
      {
        name: 'deployments',
        delayMs: REPORT_DELAY_MS,
        intervalMs: REPORT_DELAY_MS,
        pending: () => this.store.unreported().length > 0,
        urgent: () => this.store.unreported().some((job) => job.end !== null),
        deliver: () => this.#reportJobs(),
      },
      {
        name: 'team',
        delayMs: TEAM_DELAY_MS,
        intervalMs: TEAM_DELAY_MS,
        pending: () => this.#hasNewsForTeam(),
        urgent: () => false,
        deliver: () => this.#reportToTeam(),
      },
      {
        name: 'record',
        delayMs: 0,
        intervalMs: 0,
        pending: () => this.#hasNewsForRecord(),
        urgent: () => true,
        deliver: () => this.#project(),
      },
    ];
  }

  async #reportJobs(): Promise<void> {
    const identity = this.store.identity.get();
    if (identity === null) return;
    const reports = [...Map.groupBy(this.store.unreported(), (job) => job.deploymentId)].map(
      async ([deployment, jobs]) => {
        await deploymentStub(this.#env, deployment).report({ host_id: identity.host_id, reports: jobs.map(jobReport) });
        this.store.setReportedLater(jobs);
        this.#writeBehind.later();
      },
    );
    await Promise.all(reports);
  }

  /** The deployment has heard of these states. */
  reported(jobs: readonly HostJob[]): void {
    this.store.setReportedLater(jobs);
    this.#writeBehind.later();
  }

  #hasNewsForTeam(): boolean {
    this.#told ??= this.store.told.get().snapshot;
    this.#snapshot ??= this.#describe(this.store.state());
    return this.#snapshot !== null && this.#snapshot !== this.#told;
  }

  /**
   * Makes the next report one in any case. After a crash between a report and the note that it was told nobody knows which of
   * them the TeamObject has; every crash ends the socket, so a new connection is the moment to say it again.
   */
  forgetWhatTeamWasTold(): void {
    this.#told = UNKNOWN;
  }

  async #reportToTeam(): Promise<void> {
    const identity = this.store.identity.get();
    if (identity === null) return;
    const { team_id, host_id } = identity;
    const state = this.store.state();
    const removed = this.store.revoked.get();
    const snapshot = hostSnapshot(state, identity, this.store.devices.get(), removed);
    const version = this.store.told.get().version + 1;
    const { taken, known_version } = await teamStub(this.#env, team_id).reportHost({
      team_id,
      host_id,
      version,
      ...snapshot,
    });
    this.#told = taken ? fingerprint(state, removed) : UNKNOWN;
    this.store.told.setLater({ version: known_version, snapshot: this.#told });
    this.#writeBehind.later();
  }

  #hasNewsForRecord(): boolean {
    const agent = this.store.agent.get();
    return agent !== null && agent.version > agent.projected_version;
  }

  async #project(): Promise<void> {
    const identity = this.store.identity.get();
    const agent = this.store.agent.get();
    if (identity === null || agent === null) return;
    await projectHostState(openDatabase(this.#env.DB), {
      host_id: identity.host_id,
      team_id: identity.team_id,
      info: agent.info,
      agent_version: agent.agent_version,
      capabilities: agent.capabilities,
      devices: this.store.devices.get(),
    });
    const now = this.store.agent.get() ?? agent;
    this.store.agent.setLater({ ...now, projected_version: Math.max(now.projected_version, agent.version) });
    this.#writeBehind.later();
  }
}
