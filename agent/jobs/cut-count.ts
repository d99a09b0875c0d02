/**
 * How much of a job's output was left out (LOG6), in a small file beside the spool, so that an agent that is started anew still
 * knows. Written at the first cut and then once a second at most: what a crash takes is a second's count, never the fact.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { PRIVATE_FILE_MODE } from '../state/write-file.ts';

/** Nobody reads it before the end; a noisy job must not write it for every line. */
const WRITE_INTERVAL_MS = 1000;
/** Fixed, so that one write replaces the whole number. */
const DIGITS = 16;

const readCount = (path: string): number => {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
};

export class CutCount {
  readonly #path: string;
  readonly #now: () => number;
  #bytes: number;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #fd: number | null = null;
  /** Whether an earlier run of the agent has counted, whose last second may be missing. */
  readonly isLowerBound: boolean;

  /** `restored`: the job is from before a restart of the agent. `now` never goes back. */
  constructor(path: string, restored: boolean, now: () => number = () => performance.now()) {
    this.#path = path;
    this.#now = now;
    this.#bytes = restored ? readCount(path) : 0;
    this.isLowerBound = this.#bytes > 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#now() - this.#writtenAt < WRITE_INTERVAL_MS) return;
    this.#writtenAt = this.#now();
    try {
      this.#fd ??= openSync(this.#path, 'w', PRIVATE_FILE_MODE);
      writeSync(this.#fd, String(this.#bytes).padEnd(DIGITS), 0);
    } catch {
      // A full disk: the count in memory is right, unless the agent ends as well.
    }
  }

  /** The log says it now. */
  remove(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    rmSync(this.#path, { force: true });
  }
}
