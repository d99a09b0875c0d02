/**
 * The one way a host's state changes: load, decide, save and arm the alarm in one transaction, then act, then tell others.
 * Holds no state of its own but caches that are rebuilt from rows after an eviction.
 */

import { connectionLines } from '#domain/host/connection-lines.ts';
import { decide, type HostCommand } from '#domain/host/decide.ts';
import { executionLines, type HostLogEntry } from '#domain/host/host-log.ts';
import type { HostEffect, HostState } from '#domain/host/host-state.ts';
import { RARE_SILENCE_CHECK_MS, SILENCE_CHECK_MS, SILENT_AFTER_MS } from '#domain/host/limits.ts';
import { nextWake } from '#domain/host/next-wake.ts';
import { CloseCode } from '#protocol/agent/connection.ts';
import type { TargetId } from '#protocol/ids.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../log.ts';
import { Alarm } from '../outbox/alarm.ts';
import { Outbox } from '../outbox/outbox.ts';
import { WriteBehind } from '../write-behind.ts';
import { AgentLink, closeQuietly, HELLO_WITHIN_MS } from './agent-link.ts';
import { perform } from './host-effects.ts';
import { HostLog } from './host-log.ts';
import { HostNews } from './host-news.ts';
import { HostOutput } from './host-output.ts';
import type { EnqueuedJob, ScheduleNote } from './host-rpc.ts';
import { HostStore } from './host-store.ts';

/** What joins a command's transaction: other writes, and what new jobs are to carry out. */
export type Alongside = { write?: () => void; fresh?: readonly EnqueuedJob[] };

export type Clock = { now: () => number; random: () => number };

const RETRY_TICK_MS = 30_000;

export class HostCore {
  readonly store: HostStore;
  readonly link: AgentLink;
  readonly output: HostOutput;
  readonly log: HostLog;
  readonly news: HostNews;
  readonly clock: Clock = { now: () => Date.now(), random: () => Math.random() };
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #alarm: Alarm;
  readonly #outbox: Outbox;
  readonly #writeBehind: WriteBehind;
  readonly #greetings = new Map<WebSocket, ReturnType<typeof setTimeout>>();

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
    this.log = new HostLog(ctx.storage, this.link);
    this.#alarm = new Alarm(ctx.storage);
    this.#writeBehind = new WriteBehind(ctx.storage, () => this.store.flush());
    this.news = new HostNews(env, this.store, this.#writeBehind, (write) => this.writeLog(write));
    this.#outbox = new Outbox(this.news.channels(), {
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
    this.news.noteState(decision.state);
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
      this.log.append([...connectionLines(loaded, after), ...executionLines(loaded, after)], now);
      for (const { target_id } of fresh) this.output.begin(target_id);
      if (after.jobs.some((job) => job.end?.at === now)) this.output.planHousekeeping();
      this.news.noteState(after);
      this.#alarm.arm(this.#wake(after, now) ?? this.store.housekeepingAt.get() ?? this.#outbox.nextWake());
      // The end of a reservation may be days away, and no agent comes back by itself to a host that is off.
      if (command.type === 'reserve' || command.type === 'release') this.#alarm.arm(this.#outbox.nextWake());
      return decision.type === 'accepted'
        ? { accepted: true, reason: '' }
        : { accepted: false, reason: decision.reason };
    });
    this.output.tell();
    this.log.tell(this.socket());
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
      this.log.forgetCopies();
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
    const refused = perform(
      effect,
      { env: this.#env, store: this.store, link: this.link, output: this.output },
      this.socket(),
    );
    if (refused !== null) this.apply({ type: 'job_result', result: refused });
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

  /** Writes lines of the log that no command brings. */
  writeLog(write: () => readonly HostLogEntry[]): void {
    this.#transaction(() => {
      this.log.append(write(), this.clock.now());
      this.#alarm.arm(this.#outbox.nextWake());
    });
    this.log.tell(this.socket());
    this.#outbox.kick();
  }

  noteSchedule({ schedule_id, version, entries, withdraw }: ScheduleNote): void {
    const take = () => (this.store.takeNote(schedule_id, version) ? entries : []);
    if (withdraw === null) this.writeLog(take);
    // One that was taken before is not taken again: what waits by now came after the schedule was resumed.
    else if (this.store.noteVersion(schedule_id) < version)
      this.apply(
        { type: 'withdraw', scheduleId: schedule_id, reason: withdraw },
        { write: () => this.log.append(take(), this.clock.now()) },
      );
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
}
