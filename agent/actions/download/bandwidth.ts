/**
 * Keeps downloads below a rate: a job below what its spec allows, and all of them together below what the machine's
 * owner allows. Bytes that are not read yet wait in the network's buffers, so the sender slows down.
 */
import type { JobRun } from '../job-run.ts';
import type { Machine } from '../machine.ts';

/** As much may come at once after a pause as in this long, so that a slow disk or answer costs no rate. */
const BURST_MS = 1000;

/** A bucket that may go into debt: what came has come, and the next read waits until it is paid. */
export class TokenBucket {
  #bytesPerSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  /** `now` is in milliseconds and never goes back. */
  constructor(bytesPerSecond: number, now: () => number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#now = now;
    this.#tokens = 0;
    this.#filledAt = now();
  }

  setRate(bytesPerSecond: number): void {
    this.#fill();
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** How long to wait after so many bytes, in milliseconds. */
  take(bytes: number): number {
    this.#fill();
    this.#tokens -= bytes;
    return this.#tokens >= 0 ? 0 : (-this.#tokens * 1000) / this.#bytesPerSecond;
  }

  #fill(): void {
    const now = this.#now();
    const gained = ((now - this.#filledAt) * this.#bytesPerSecond) / 1000;
    const most = (BURST_MS * this.#bytesPerSecond) / 1000;
    this.#tokens = Math.min(most, this.#tokens + gained);
    this.#filledAt = now;
  }
}

/** The machine's own limit holds for all jobs at once; the clock that it goes by belongs to the machine. */
const machineBuckets = new WeakMap<Machine, TokenBucket>();

const machineBucket = (machine: Machine, bytesPerSecond: number): TokenBucket => {
  const known = machineBuckets.get(machine);
  if (known !== undefined) {
    known.setRate(bytesPerSecond);
    return known;
  }
  const bucket = new TokenBucket(bytesPerSecond, machine.now);
  machineBuckets.set(machine, bucket);
  return bucket;
};

/** Told what came; resolves when more may be read. */
export type Pace = (bytes: number) => Promise<void>;

/** A timer for less than this costs more than it evens out; the debt stays on the account. */
const LEAST_WAIT_MS = 5;

export const makePace = ({ machine, job, policy, signal }: JobRun): Pace => {
  const buckets: TokenBucket[] = [];
  if (job.bandwidth_limit !== null) buckets.push(new TokenBucket(job.bandwidth_limit, machine.now));
  const ownersLimit = policy.max_download_bytes_per_second;
  if (ownersLimit !== null) buckets.push(machineBucket(machine, ownersLimit));
  return async (bytes) => {
    const waitMs = Math.max(0, ...buckets.map((bucket) => bucket.take(bytes)));
    if (waitMs >= LEAST_WAIT_MS) await machine.sleep(waitMs, signal);
  };
};
