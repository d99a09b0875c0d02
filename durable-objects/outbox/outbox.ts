/**
 * Gets what an object has committed to the parts that must hear of it. The work itself is in the object's rows
 * (a row's version is ahead of what was delivered); this decides when to deliver, one delivery a channel at a time.
 * Timers in memory make it fast; the rows, the persisted retry time and the object's alarm make it certain.
 */
import { z } from 'zod';
import { Cell } from '../cell.ts';
import { logEvent } from '../log.ts';
import { backoffMs } from './backoff.ts';

export type Channel = {
  name: string;
  /** Waits so long for more to come along before it delivers. */
  delayMs: number;
  /** At most one delivery in so much time. */
  intervalMs: number;
  pending: () => boolean;
  /** After how long the alarm delivers, should the process have died meanwhile; `BACKSTOP_MS` unless told otherwise. */
  backstopMs?: number;
  /** True while others on this thread come first; a delivery that is due then waits, for `YIELDS_AT_MOST_MS` at most. */
  yields?: () => boolean;
  /** True when a delivery should not wait for delay or interval. */
  urgent: () => boolean;
  /** Delivers what is pending; throws when it could not. Safe to do twice. */
  deliver: () => Promise<void>;
};

/** A delivery that takes longer is not waited for: the next look starts another; receivers ignore what they have already. */
const DELIVERY_TIMEOUT_MS = 15_000;

/** If the process dies between commit and delivery, the alarm delivers; long enough that it rarely has to. */
export const BACKSTOP_MS = 5_000;

/** A delivery that lets others go first looks again within so long, not all of a thousand at once, and goes all the same in the end. */
const YIELD_LOOK_MS = 5_000;
export const YIELDS_AT_MOST_MS = 20_000;

/** Lets whatever else waits for the thread come first. */
const NEXT_TURN_MS = 1;

const Retry = z.object({ attempts: z.number(), retryAt: z.number() }).nullable();
type Retry = z.infer<typeof Retry>;
type Run = {
  timer: ReturnType<typeof setTimeout> | null;
  dueAt: number;
  /** Null while nothing is being delivered. */
  startedAt: number | null;
  lastEndedAt: number;
  /** Since when it lets others go first; null when it does not. */
  yieldsSince: number | null;
};

const backstopOf = (channel: Channel): number => {
  if (channel.backstopMs !== undefined) return channel.backstopMs;
  return channel.yields?.() === true ? YIELDS_AT_MOST_MS : BACKSTOP_MS;
};

export type OutboxDeps = {
  storage: DurableObjectStorage;
  now: () => number;
  random: () => number;
  waitUntil: (promise: Promise<unknown>) => void;
  /** Arms the object's alarm anew after a failure has been noted. */
  rearm: () => void;
};

export class Outbox {
  readonly #channels: readonly Channel[];
  readonly #deps: OutboxDeps;
  readonly #runs = new Map<string, Run>();
  readonly #retries = new Map<string, Cell<Retry>>();

  constructor(channels: readonly Channel[], deps: OutboxDeps) {
    this.#channels = channels;
    this.#deps = deps;
  }

  /** Call after every commit, and from the alarm: starts or schedules whatever is pending. */
  kick(): void {
    for (const channel of this.#channels) if (channel.pending()) this.#schedule(channel);
  }

  /** When the alarm must look, given that the process may die any moment; null when nothing is pending. */
  nextWake(): number | null {
    const now = this.#deps.now();
    const times = this.#channels
      .filter((channel) => channel.pending())
      .map((channel) => {
        const retryAt = this.#retry(channel).get()?.retryAt ?? 0;
        // What is due is being delivered already; the alarm is for the case that the process dies over it.
        return retryAt > now ? retryAt : now + backstopOf(channel);
      });
    return times.length === 0 ? null : Math.min(...times);
  }

  #retry(channel: Channel): Cell<Retry> {
    const known = this.#retries.get(channel.name);
    if (known !== undefined) return known;
    const cell = new Cell<Retry>(this.#deps.storage, `retry:${channel.name}`, Retry, null);
    this.#retries.set(channel.name, cell);
    return cell;
  }

  #schedule(channel: Channel): void {
    const run = this.#run(channel);
    const now = this.#deps.now();
    if (run.startedAt !== null && now - run.startedAt < DELIVERY_TIMEOUT_MS) return;
    const retryAt = this.#retry(channel).get()?.retryAt ?? 0;
    const dueAt = Math.max(
      retryAt,
      channel.urgent() ? now : Math.max(now + channel.delayMs, run.lastEndedAt + channel.intervalMs),
    );
    if (run.timer !== null && run.dueAt <= dueAt) return;
    if (run.timer !== null) clearTimeout(run.timer);
    run.timer = null;
    if (dueAt <= now) this.#startInTurn(channel, run);
    else if (dueAt - now <= BACKSTOP_MS) this.#startAt(channel, run, dueAt);
  }

  #startAt(channel: Channel, run: Run, at: number): void {
    run.dueAt = at;
    run.timer = setTimeout(() => this.#startInTurn(channel, run), at - this.#deps.now());
  }

  #startInTurn(channel: Channel, run: Run): void {
    const now = this.#deps.now();
    run.yieldsSince ??= now;
    if (channel.yields?.() === true && now - run.yieldsSince < YIELDS_AT_MOST_MS) {
      this.#startAt(channel, run, now + YIELD_LOOK_MS * (0.2 + 0.8 * this.#deps.random()));
    } else {
      run.yieldsSince = null;
      this.#start(channel, run);
    }
  }

  #start(channel: Channel, run: Run): void {
    run.timer = null;
    const startedAt = this.#deps.now();
    run.startedAt = startedAt;
    this.#deps.waitUntil(this.#deliver(channel, run, startedAt));
  }

  async #deliver(channel: Channel, run: Run, startedAt: number): Promise<void> {
    try {
      await channel.deliver();
      if (this.#retry(channel).get() !== null) this.#retry(channel).set(null);
    } catch (error) {
      this.#noteFailure(channel, error);
    }
    // One that was given up meanwhile says nothing about the one that runs instead.
    if (run.startedAt === startedAt) run.startedAt = null;
    run.lastEndedAt = this.#deps.now();
    // Never in the same turn: a channel that stays pending whatever it delivers must not keep everything else from running.
    if (channel.pending()) setTimeout(() => this.#schedule(channel), NEXT_TURN_MS);
  }

  #noteFailure(channel: Channel, error: unknown): void {
    const attempts = (this.#retry(channel).get()?.attempts ?? 0) + 1;
    const retryAt = this.#deps.now() + backoffMs(attempts, this.#deps.random);
    this.#retry(channel).set({ attempts, retryAt });
    logEvent('outbox.delivery_failed', { channel: channel.name, attempts, error: String(error) });
    this.#deps.rearm();
  }

  #run(channel: Channel): Run {
    const known = this.#runs.get(channel.name);
    if (known !== undefined) return known;
    const fresh: Run = { timer: null, dueAt: 0, startedAt: null, lastEndedAt: 0, yieldsSince: null };
    this.#runs.set(channel.name, fresh);
    return fresh;
  }
}
