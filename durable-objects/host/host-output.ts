/**
 * The output of a host's jobs: taken from the agent, written, shown to viewers, and later moved to R2 and forgotten. Nothing is
 * acknowledged or shown before it is durable.
 */
import type { TargetId } from '#protocol/ids.ts';
import type { Env } from '../env.ts';
import type { LogPart, LogPlace } from './host-rpc.ts';
import type { HostStore } from './host-store.ts';
import type { LogFrame } from './log-segment.ts';
import { LogStore, SEAL_AFTER_MS, SEAL_SPREAD_MS, SEGMENT_BYTES } from './log-store.ts';
import { Tails } from './tails.ts';

/** Output waits so long for a result to come along; nobody who watches can tell. */
const WRITE_WITHIN_MS = 3;

/** Jobs are forgotten this long after their end: by then the deployment and R2 have all there is to know. */
const FORGET_AFTER_MS = 3600_000;

export type OutputDeps = {
  now: () => number;
  random: () => number;
  /** Tells the agent up to where its output is durable. */
  acknowledge: (target: TargetId, offset: number) => void;
};

export class HostOutput {
  readonly tails: Tails;
  readonly #ctx: DurableObjectState;
  readonly #bucket: R2Bucket;
  readonly #jobs: HostStore;
  readonly #logs: LogStore;
  readonly #deps: OutputDeps;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #sealing: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env, jobs: HostStore, deps: OutputDeps) {
    this.#ctx = ctx;
    this.#bucket = env.FILES;
    this.#jobs = jobs;
    this.#logs = new LogStore(ctx.storage.sql);
    this.#deps = deps;
    this.tails = new Tails({ ctx, logs: this.#logs, bucket: env.FILES, ended: (target) => this.#isOver(target) });
  }

  /** A job that was just made has no output. */
  begin(target: TargetId): void {
    this.#logs.begin(target);
  }

  /** Where a log ends, in bytes; 0 for a job that is not known. */
  end(target: TargetId): number {
    return this.#logs.end(target) ?? 0;
  }

  /** Output of such a job is not wanted: it was forgotten, or all of it is in R2. */
  isClosed(target: TargetId): boolean {
    return this.#logs.end(target) === null || this.#logs.isSealed(target);
  }

  read(target: TargetId, offset: number, ended: boolean): LogPart {
    return this.#logs.read(target, offset, ended);
  }

  /** Where a line begins; negative lines count from the end. */
  findLine(target: TargetId, line: number, ended: boolean): LogPlace {
    const { part, state, lines, end } = this.#logs.findLine(target, line, ended);
    return { kind: 'found', part, state, total_lines: lines, end_offset: end, complete: this.#isOver(target) };
  }

  /** Nothing more will come for this target. */
  #isOver(target: TargetId): boolean {
    const job = this.#jobs.job(target)?.job;
    return job !== undefined && job.end !== null && this.end(target) >= (job.logEnd ?? 0);
  }

  /**
   * Takes output that begins where the log ends. A result often follows within the same moment: its transaction takes the output
   * along, and the disk is synced once.
   */
  take(target: TargetId, frame: LogFrame): void {
    this.#logs.hold(target, frame);
    this.#timer ??= setTimeout(() => {
      this.#ctx.storage.transactionSync(() => this.write());
      this.tell();
    }, WRITE_WITHIN_MS);
  }

  /** Part of whatever transaction is under way. */
  write(): void {
    this.#logs.writeHeld();
  }

  /** Output that is durable reaches viewers and is acknowledged. */
  tell(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const written = this.#logs.takeWritten();
    for (const { target, frame } of written) {
      this.tails.push(target, frame.pieces, frame.offset);
      this.#deps.acknowledge(target, frame.next_offset);
      if (Math.floor(frame.offset / SEGMENT_BYTES) !== Math.floor(frame.next_offset / SEGMENT_BYTES))
        this.#ctx.waitUntil(this.#seal());
    }
    // Only after all of it has been shown: the rows may hold the end of a log whose first frames are still to go out.
    for (const target of new Set(written.map((one) => one.target))) this.tails.endIfDone(target);
  }

  /** Reads everything again: a transaction failed, and copies may be ahead of the rows. */
  forgetCopies(): void {
    this.#logs.forgetCopies();
  }

  /** A job has ended: its output is to be moved to R2 some time, and the job to be forgotten. Part of its transaction. */
  planHousekeeping(): void {
    const at = this.#deps.now() + SEAL_AFTER_MS + this.#deps.random() * SEAL_SPREAD_MS;
    const planned = this.#jobs.housekeepingAt.get();
    if (planned === null || planned > at) this.#jobs.housekeepingAt.set(at);
  }

  /** Does what is due and answers when the next is; null for an idle host, which this costs next to nothing. */
  async keepHouse(): Promise<number | null> {
    const due = this.#jobs.housekeepingAt.get();
    const now = this.#deps.now();
    if (due === null || due > now) return due;
    await this.#seal();
    const next = this.#nextHousekeeping(now);
    this.#jobs.housekeepingAt.set(next);
    return next;
  }

  #nextHousekeeping(now: number): number | null {
    const oldest = this.#jobs.forget(now - FORGET_AFTER_MS);
    const times = [this.#logs.nextSealAt(), oldest === null ? null : oldest + FORGET_AFTER_MS].filter(
      (at) => at !== null,
    );
    return times.length === 0 ? null : Math.min(...times);
  }

  /** One after the other: two at once could each write a part of the same segment. */
  #seal(): Promise<void> {
    this.#sealing = this.#sealing.catch(() => undefined).then(() => this.#sealAll());
    return this.#sealing;
  }

  async #sealAll(): Promise<void> {
    const team = this.#jobs.identity.get()?.team_id;
    if (team === undefined) return;
    for (const log of this.#logs.sealable(this.#deps.now())) {
      while (await this.#logs.sealNext(this.#bucket, team, log)) if (!log.final) break;
      if (log.final) this.#logs.markSealed(log.target_id);
    }
  }
}
