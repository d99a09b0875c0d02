/** Progress as it is worth sending (JOB10): a new status at once, the rest at an interval, statuses only forward. */

import { MAX_MESSAGE_CHARACTERS, PROGRESS_INTERVAL_MS } from '#protocol/limits.ts';
import type { WorkingStatus } from '#protocol/states.ts';

export type ProgressReport = { status: WorkingStatus; percent: number | null; message: string | null };

const rank: Record<WorkingStatus, number> = { downloading: 0, installing: 1, running: 1, verifying: 2 };

/** A package is installed or a command is running, never one after the other. */
const movesBack = (from: WorkingStatus, to: WorkingStatus): boolean =>
  rank[to] < rank[from] || (rank[to] === rank[from] && to !== from);

const tidy = ({ status, percent, message }: ProgressReport): ProgressReport => ({
  status,
  percent: percent === null || Number.isNaN(percent) ? null : Math.min(100, Math.max(0, Math.floor(percent))),
  message: message === null ? null : message.slice(0, MAX_MESSAGE_CHARACTERS),
});

export class JobProgress {
  readonly #send: (report: ProgressReport) => void;
  #latest: ProgressReport | null = null;
  #timer: NodeJS.Timeout | null = null;
  #changed = false;
  #closed = false;

  constructor(send: (report: ProgressReport) => void) {
    this.#send = send;
  }

  /** What a server that has just connected should know. */
  get latest(): ProgressReport | null {
    return this.#latest;
  }

  report(report: ProgressReport): void {
    if (this.#closed) return;
    const former = this.#latest?.status;
    if (former !== undefined && movesBack(former, report.status)) return;
    this.#latest = tidy(report);
    this.#changed = true;
    if (former !== report.status) this.#sendNow();
    else if (this.#timer === null) this.#sendNow();
  }

  /** After the end there is only the result. */
  close(): void {
    this.#closed = true;
    this.#stopTimer();
  }

  #sendNow(): void {
    this.#stopTimer();
    if (this.#latest === null || !this.#changed) return;
    this.#changed = false;
    this.#send(this.#latest);
    // Running means that the last report was a moment ago; what comes in meanwhile waits for its end.
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#sendNow();
    }, PROGRESS_INTERVAL_MS);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
