/**
 * Moves jobs through their phases: accepted, started within the policy's limits, finished, forgotten. Each step is in the
 * journal before it has an effect outside. What messages mean for a job is decided in `jobs.ts`.
 */
import { join } from 'node:path';
import type { Job } from '#protocol/agent/job.ts';
import type { JobResult, UndoOffer } from '#protocol/agent/to-server.ts';
import type { ActionOutcome } from '../actions/action.ts';
import { pruneBackups } from '../actions/undo/prune-backups.ts';
import { offerUndo } from '../actions/undo/undo-offer.ts';
import type { OpenFile } from '../connection/server-files.ts';
import type { SendReport } from '../connection/server-reports.ts';
import { errorText, type Log } from '../log.ts';
import type { Policy } from '../policy/policy.ts';
import type { StateFiles } from '../state/state-directory.ts';
import type { Changes } from './changes.ts';
import { isOver, type JobEntry, nameOf, takesPlace } from './job-entry.ts';
import { nextToStart } from './job-queue.ts';
import { canceledOutcome, interruptedOutcome, LOST_OUTPUT, notJournaledOutcome, resultOf } from './job-results.ts';
import type { JobTable } from './job-table.ts';
import type { Journal } from './journal.ts';
import type { JobKey, JournalRecord } from './journal-records.ts';
import type { Reporter } from './reporter.ts';
import { type RunAction, runJob } from './run-job.ts';

export type RunnerDependencies = {
  journal: Journal;
  files: Pick<StateFiles, 'work' | 'cache' | 'backups'>;
  policy: () => Policy;
  runAction: RunAction;
  openFile: OpenFile;
  sendReport: SendReport;
  now: () => number;
  log: Log;
};

type Shared = { table: JobTable; reporter: Reporter; changes: Changes };

export class JobRunner {
  readonly #deps: RunnerDependencies & Shared;
  /** Jobs from before a restart, until the server has had time to cancel them; null from then on. */
  #held: Set<JobKey> | null = new Set();
  #stopping = false;

  constructor(deps: RunnerDependencies, shared: Shared) {
    this.#deps = { ...deps, ...shared };
  }

  /** From here on nothing new starts. */
  stopStarting(): void {
    this.#stopping = true;
  }

  /** Keeps a waiting job from starting until `releaseHeld`; starts it when that has been. */
  hold(entry: JobEntry): void {
    if (this.#held === null) this.startWaiting();
    else this.#held.add(entry.key);
  }

  releaseHeld(): void {
    this.#held = null;
    this.startWaiting();
  }

  /** Takes a new job on (JOB1), and starts it at once where a place is free. */
  async accept(job: Job): Promise<void> {
    const { table, reporter, now } = this.#deps;
    const entry = table.add(job, { type: 'offered', starts: false });
    const starts = this.#startable([entry]).length > 0;
    entry.phase = { type: 'offered', starts };
    const at = now();
    const records: JournalRecord[] = [{ type: 'accepted', at, job }];
    // One write for both where nothing lies between them: the disk is the slowest part of a short job.
    if (starts) records.push({ type: 'started', at, ...nameOf(job) });
    const refusal = await this.#write(records);
    if (refusal !== null) {
      table.drop(entry);
      reporter.result(resultOf(job, notJournaledOutcome(refusal), job.log_offset));
      return;
    }
    reporter.accepted(job);
    if (starts) return this.#run(entry, 0);
    entry.phase = { type: 'waiting' };
    if (entry.ending !== null) return this.finishUnstarted(entry, canceledOutcome);
    this.startWaiting();
  }

  startWaiting(): void {
    const waiting = this.#deps.table.inPhase('waiting').filter((entry) => !this.#held?.has(entry.key));
    for (const entry of this.#startable(waiting)) void this.#start(entry);
  }

  finishUnstarted(entry: JobEntry, outcome: ActionOutcome): Promise<void> {
    // It takes a place until its end is in the journal, so that nothing starts it meanwhile.
    entry.phase = { type: 'running' };
    return this.#finish(entry, outcome);
  }

  /** The server has the result. A crash before this is on disk only means that it is told again. */
  forget(entry: JobEntry, result: JobResult): void {
    const { table, journal, now } = this.#deps;
    journal.note([{ type: 'acknowledged', at: now(), ...nameOf(result), result: { ...result, details: null } }]);
    if (entry.superseded || entry.ending === 'unknown' || entry.sender.allAcknowledged) table.drop(entry);
    else entry.phase = { type: 'closing' };
  }

  #startable(candidates: readonly JobEntry[]): JobEntry[] {
    const running = this.#deps.table.all().filter(takesPlace);
    return this.#stopping ? [] : nextToStart(candidates, running, this.#deps.policy().max_parallel);
  }

  async #start(entry: JobEntry): Promise<void> {
    const { journal, now } = this.#deps;
    const live = journal.state.live.get(entry.key);
    const at = now();
    const usedMs = live?.state === 'started' ? at - live.firstStartedAt : 0;
    entry.phase = { type: 'running' };
    const refusal = await this.#write([{ type: 'started', at, ...nameOf(entry.job) }]);
    return refusal === null ? this.#run(entry, usedMs) : this.#finish(entry, notJournaledOutcome(refusal));
  }

  async #run(entry: JobEntry, usedMs: number): Promise<void> {
    const { files, policy, runAction, openFile, sendReport } = this.#deps;
    entry.phase = { type: 'running' };
    if (entry.ending !== null) return this.#finish(entry, canceledOutcome);
    const outcome = await runJob({
      context: {
        job: entry.job,
        policy: policy(),
        workDirectory: join(files.work, entry.key),
        cacheDirectory: files.cache,
        backupDirectory: files.backups,
        output: (stream, text) => entry.output.write(stream, text),
        progress: (status, percent, message) => entry.progress.report({ status, percent, message }),
        openFile,
        sendReport,
      },
      abort: entry.abort,
      usedMs,
      runAction,
    });
    return this.#finish(entry, outcomeOf(entry, outcome));
  }

  /** JOB6, LOG7: the output goes out while the result is written, the result when it is. */
  async #finish(entry: JobEntry, outcome: ActionOutcome): Promise<void> {
    const { reporter, changes, now, log } = this.#deps;
    entry.progress.close();
    if (outcome.reason === 'interrupted') entry.output.note(outcome.message);
    entry.output.close();
    const details = outcome.details ?? (entry.output.whole ? null : LOST_OUTPUT);
    reporter.pump(entry);
    const undo = await this.#undoOffer(entry.job);
    const result = resultOf(entry.job, { ...outcome, details }, entry.spool.end.offset, undo);
    // Kept from the server because of a full disk it would hold the device; told, it is at worst told again after a crash.
    await this.#write([{ type: 'finished', at: now(), result }]);
    entry.phase = { type: 'finished', result, sent: false };
    if (entry.ending === 'unknown') this.forget(entry, result);
    else reporter.pump(entry);
    log('info', 'job.finished', { ...nameOf(result), outcome: result.outcome, reason: result.reason });
    this.startWaiting();
    changes.notify();
    if (keepsBackups(entry.job)) void this.pruneBackups();
  }

  /** What goes wrong with it leaves a backup too many, and is tried again after the next job. */
  async pruneBackups(): Promise<void> {
    const { table, files, policy, now, log } = this.#deps;
    const inUse = (targetId: string): boolean =>
      table.all().some(({ job, phase }) => !isOver(phase) && (job.target_id === targetId || job.undoes === targetId));
    try {
      await pruneBackups(files.backups, policy().backups, now(), inUse);
    } catch (error) {
      log('warn', 'backups.not_pruned', { error: errorText(error) });
    }
  }

  async #undoOffer(job: Job): Promise<UndoOffer | null> {
    try {
      return await offerUndo(this.#deps.files, job);
    } catch (error) {
      this.#deps.log('error', 'job.undo_offer', { ...nameOf(job), error: errorText(error) });
      return null;
    }
  }

  /** Null when the records are on disk, otherwise why they are not. */
  async #write(records: JournalRecord[]): Promise<string | null> {
    try {
      await this.#deps.journal.append(records);
      return null;
    } catch (error) {
      this.#deps.log('error', 'journal.write_failed', { error: errorText(error) });
      return errorText(error);
    }
  }
}

/** Commands and scripts leave the disk alone after themselves: nothing was kept for them. */
const keepsBackups = ({ action: { kind } }: Job): boolean => kind !== 'command' && kind !== 'script';

/** A job that was ended because the agent stops was not canceled by anyone. */
const outcomeOf = (entry: JobEntry, outcome: ActionOutcome): ActionOutcome =>
  entry.ending === 'stopping' && outcome.outcome !== 'completed'
    ? interruptedOutcome('The agent was stopped while this job ran')
    : outcome;
