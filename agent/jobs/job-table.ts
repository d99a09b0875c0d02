/** The jobs that are in the agent's hands now, in the order of their arrival. */
import type { Job } from '#protocol/agent/job.ts';
import type { TargetId } from '#protocol/ids.ts';
import type { Changes } from './changes.ts';
import { createEntry, type EntryOptions, type JobEntry, type Phase } from './job-entry.ts';
import type { JobKey } from './journal-records.ts';

export type TableDependencies = Pick<EntryOptions, 'spoolDirectory' | 'written' | 'reported' | 'log'> & {
  maxOutputBytes: () => number;
  changes: Changes;
};

export class JobTable {
  readonly #deps: TableDependencies;
  readonly #entries = new Map<JobKey, JobEntry>();

  constructor(deps: TableDependencies) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: JobKey): JobEntry | undefined {
    return this.#entries.get(key);
  }

  /** A copy, so that the table may change while it is walked. */
  all(): JobEntry[] {
    return [...this.#entries.values()];
  }

  inPhase(type: Phase['type']): JobEntry[] {
    return this.all().filter((entry) => entry.phase.type === type);
  }

  attemptsOf(targetId: TargetId): JobEntry[] {
    return this.all().filter((entry) => entry.job.target_id === targetId);
  }

  /** `restored`: from before a restart of the agent, so that its output may be on disk. */
  add(job: Job, phase: Phase, restored = false): JobEntry {
    const { maxOutputBytes, ...options } = this.#deps;
    const entry = createEntry({ ...options, job, phase, restored, maxOutputBytes: maxOutputBytes() });
    this.#entries.set(entry.key, entry);
    return entry;
  }

  /** The job is over on both sides, or was never taken. */
  drop(entry: JobEntry): void {
    this.#entries.delete(entry.key);
    entry.spool.remove();
    this.#deps.changes.notify();
  }
}
