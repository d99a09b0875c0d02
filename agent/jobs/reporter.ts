/** Tells the server about jobs over the link there is now; without one nothing is lost, because a new link is told all again. */
import type { Job } from '#protocol/agent/job.ts';
import type { JobResult, ToServer } from '#protocol/agent/to-server.ts';
import type { Link } from '../connection/link.ts';
import { type JobEntry, nameOf } from './job-entry.ts';
import type { ProgressReport } from './job-progress.ts';

/** A server answers output in milliseconds; one that never does shall have the result all the same. */
const CERTAINTY_TIMEOUT_MS = 5000;

export class Reporter {
  #link: Link | null = null;
  #certainty: NodeJS.Timeout | null = null;

  get connected(): boolean {
    return this.#link !== null;
  }

  connect(link: Link, entries: readonly JobEntry[]): void {
    this.#link = link;
    this.#stopWaiting();
    this.#certainty = setTimeout(() => {
      for (const entry of entries) {
        entry.sender.stopWaitingForCertainty();
        this.pump(entry);
      }
    }, CERTAINTY_TIMEOUT_MS);
    for (const entry of entries) {
      entry.sender.restart();
      if (entry.phase.type === 'finished') entry.phase.sent = false;
      if (entry.phase.type === 'running' && entry.progress.latest !== null) this.progress(entry, entry.progress.latest);
      this.pump(entry);
    }
  }

  disconnect(): void {
    this.#link = null;
    this.#stopWaiting();
  }

  accepted(job: Job): void {
    this.#send({ type: 'job.accepted', ...nameOf(job) });
  }

  progress(entry: JobEntry, report: ProgressReport): void {
    this.#send({ type: 'job.progress', ...nameOf(entry.job), ...report });
  }

  /** A result of a job that is no entry any more, or never was one. */
  result(result: JobResult): void {
    this.#send(result);
  }

  /** As much output as may be on the way, and after all of it the result, on the same link (LOG7). */
  pump(entry: JobEntry): void {
    if (this.#link === null) return;
    if (!entry.superseded) entry.sender.pump(this.#link);
    if (entry.phase.type !== 'finished' || entry.phase.sent) return;
    if (!entry.superseded && !entry.sender.allSent) return;
    entry.phase.sent = true;
    this.#send(entry.phase.result);
  }

  /** The same once more, for a server that asks although it was told. */
  repeatResult(entry: JobEntry): void {
    if (entry.phase.type === 'finished') entry.phase.sent = false;
    this.pump(entry);
  }

  #stopWaiting(): void {
    if (this.#certainty !== null) clearTimeout(this.#certainty);
  }

  #send(message: ToServer): void {
    this.#link?.send(message);
  }
}
