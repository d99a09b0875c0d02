/**
 * The jobs of this agent: takes offers, runs them within the policy's limits, and keeps telling the server until it has
 * acknowledged (rules JOB1 to JOB12, LOG2 to LOG7). Keyed by target and attempt. Invariants: nothing is accepted, started or
 * reported as finished before the journal has it on disk; a job takes each step forward once. Called by `agent.ts`, which
 * passes on what the connection brings.
 */
import { join } from 'node:path';
import type { Job } from '#protocol/agent/job.ts';
import type { ToAgent } from '#protocol/agent/to-agent.ts';
import type { JobResult, JournaledJob } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import type { ActionOutcome } from '../actions/action.ts';
import type { Link } from '../connection/link.ts';
import type { OpenFile } from '../connection/server-files.ts';
import { errorText, type Log } from '../log.ts';
import type { Policy } from '../policy/policy.ts';
import type { StateFiles } from '../state/state-directory.ts';
import { Changes } from './changes.ts';
import { createEntry, type JobEntry, nameOf, type Phase, takesPlace } from './job-entry.ts';
import { nextToStart } from './job-queue.ts';
import {
  canceledOutcome,
  interruptedOutcome,
  LOST_OUTPUT,
  notJournaledOutcome,
  resultOf,
  unknownJobResult,
} from './job-results.ts';
import type { Journal } from './journal.ts';
import { type JobKey, type JournalRecord, journaledJobs, keyOf, type LiveJob } from './journal-records.ts';
import { Reporter } from './reporter.ts';
import { type RunAction, runJob } from './run-job.ts';

/** A `hello` lists no more; a server offers one job a device at a time and stays far below. */
const MAX_JOBS = 1000;
/** A job that ends the agent each time it runs is not run for ever. */
const MAX_STARTS = 3;
/** Jobs from before a restart start when the server has had this long to cancel them, after its welcome. */
const RESTORED_HOLD_MS = 250;
/** A stopping agent waits that long for processes it has told to end. */
const STOP_END_MS = 3000;
/** The server commits a result in milliseconds; one that it cannot take now is told when the agent is back. */
const STOP_REPORT_MS = 500;

type Message = Exclude<ToAgent, { type: 'welcome' | 'state.request' }>;
type MessageOf<Type extends Message['type']> = Extract<Message, { type: Type }>;

export type JobsDependencies = {
  journal: Journal;
  files: Pick<StateFiles, 'spool' | 'work' | 'cache'>;
  policy: () => Policy;
  runAction: RunAction;
  openFile: OpenFile;
  now: () => number;
  log: Log;
};

export class Jobs {
  readonly #deps: JobsDependencies;
  readonly #entries = new Map<JobKey, JobEntry>();
  readonly #reporter = new Reporter();
  readonly #changes = new Changes();
  /** Restored jobs wait for the server's word; see RESTORED_HOLD_MS. */
  readonly #held = new Set<JobKey>();
  #holdTimer: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(deps: JobsDependencies) {
    this.#deps = deps;
  }

  /** What `hello` lists: jobs whose acceptance is on disk (JOB5). */
  journaled(): JournaledJob[] {
    return journaledJobs(this.#deps.journal.state).slice(0, MAX_JOBS);
  }

  /** Takes up what an earlier run of the agent left (JOB4). Called once, before the first connection. */
  async restore(): Promise<void> {
    for (const live of [...this.#deps.journal.state.live.values()]) await this.#restoreOne(live);
  }

  connected(link: Link): void {
    this.#reporter.connect(link, this.#entries.values());
    if (this.#held.size > 0) this.#holdTimer ??= setTimeout(() => this.#releaseHeld(), RESTORED_HOLD_MS);
  }

  disconnected(): void {
    this.#reporter.disconnect();
    for (const entry of this.#inPhase('closing')) this.#drop(entry);
    this.#changes.notify();
  }

  /** The connection takes more again. */
  drained(): void {
    for (const entry of this.#entries.values()) this.#reporter.pump(entry);
  }

  message(message: Message): void {
    switch (message.type) {
      case 'job.offer':
        return this.#offered(message.job);
      case 'job.cancel':
        return this.#cancel(message);
      case 'result.ack':
        return this.#resultAcknowledged(message);
      case 'log.ack':
        return this.#logAcknowledged(message);
      default:
        return assertNever(message);
    }
  }

  /**
   * Takes nothing new, gives running jobs `graceMs` to end by themselves, ends the others as interrupted, and gives the server
   * a moment to acknowledge. What it has not acknowledged then is in the journal, and told when the agent is back.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer);
    const isIdle = (): boolean => this.#inPhase('running').length + this.#inPhase('offered').length === 0;
    await this.#changes.until(isIdle, graceMs);
    for (const entry of this.#inPhase('running')) this.#end(entry, 'stopping');
    await this.#changes.until(isIdle, STOP_END_MS);
    const isReported = (): boolean => this.#inPhase('finished').length + this.#inPhase('closing').length === 0;
    await this.#changes.until(() => !this.#reporter.connected || isReported(), STOP_REPORT_MS);
    for (const entry of this.#entries.values()) entry.spool.close();
  }

  #offered(job: Job): void {
    const key = keyOf(job);
    const known = this.#entries.get(key);
    if (known !== undefined) return this.#offeredAgain(known);
    const done = this.#deps.journal.state.done.get(key);
    if (done !== undefined) return this.#reporter.result(done.result);
    if (this.#stopping) return;
    const others = [...this.#entries.values()].filter((entry) => entry.job.target_id === job.target_id);
    if (this.#entries.size >= MAX_JOBS || others.some((entry) => entry.job.attempt > job.attempt)) {
      this.#deps.log('warn', 'job.ignored', nameOf(job));
      return;
    }
    for (const other of others) {
      other.superseded = true;
      this.#end(other, 'canceled');
    }
    void this.#accept(job);
  }

  #offeredAgain(entry: JobEntry): void {
    if (entry.phase.type === 'finished') this.#reporter.repeatResult(entry);
    else if (entry.phase.type !== 'offered') this.#reporter.accepted(entry.job);
  }

  async #accept(job: Job): Promise<void> {
    const { now } = this.#deps;
    const entry = this.#add(job, { type: 'offered', starts: false }, false);
    const starts = this.#startable([entry]).length > 0;
    entry.phase = { type: 'offered', starts };
    const at = now();
    const records: JournalRecord[] = [{ type: 'accepted', at, job }];
    // One write for both where nothing lies between them: the disk is the slowest part of a short job.
    if (starts) records.push({ type: 'started', at, ...nameOf(job) });
    const refusal = await this.#write(records);
    if (refusal !== null) {
      this.#drop(entry);
      return this.#reporter.result(resultOf(job, notJournaledOutcome(refusal), job.log_offset));
    }
    this.#reporter.accepted(job);
    if (starts) return this.#run(entry, at);
    entry.phase = { type: 'waiting' };
    if (entry.ending !== null) return this.#finishUnstarted(entry, canceledOutcome);
    this.#startWaiting();
  }

  #startable(candidates: readonly JobEntry[]): JobEntry[] {
    const running = [...this.#entries.values()].filter(takesPlace);
    return this.#stopping ? [] : nextToStart(candidates, running, this.#deps.policy().max_parallel);
  }

  #startWaiting(): void {
    const waiting = this.#inPhase('waiting').filter((entry) => !this.#held.has(entry.key));
    for (const entry of this.#startable(waiting)) void this.#start(entry);
  }

  async #start(entry: JobEntry): Promise<void> {
    const live = this.#deps.journal.state.live.get(entry.key);
    const at = this.#deps.now();
    const startedAt = live?.state === 'started' ? live.firstStartedAt : at;
    entry.phase = { type: 'running' };
    const refusal = await this.#write([{ type: 'started', at, ...nameOf(entry.job) }]);
    return refusal === null ? this.#run(entry, startedAt) : this.#finish(entry, notJournaledOutcome(refusal));
  }

  async #run(entry: JobEntry, startedAt: number): Promise<void> {
    const { files, policy, runAction, openFile, now } = this.#deps;
    entry.phase = { type: 'running' };
    if (entry.ending !== null) return this.#finish(entry, canceledOutcome);
    const outcome = await runJob({
      context: {
        job: entry.job,
        policy: policy(),
        workDirectory: join(files.work, entry.key),
        cacheDirectory: files.cache,
        output: (stream, text) => entry.output.write(stream, text),
        progress: (status, percent, message) => entry.progress.report({ status, percent, message }),
        openFile,
      },
      abort: entry.abort,
      startedAt,
      now,
      runAction,
    });
    return this.#finish(entry, this.#outcomeOf(entry, outcome));
  }

  /** A job that was ended because the agent stops was not canceled by anyone. */
  #outcomeOf(entry: JobEntry, outcome: ActionOutcome): ActionOutcome {
    if (entry.ending !== 'stopping' || outcome.outcome === 'completed') return outcome;
    return interruptedOutcome('The agent was stopped while this job ran');
  }

  #finishUnstarted(entry: JobEntry, outcome: ActionOutcome): Promise<void> {
    // It takes a place until its end is in the journal, so that nothing starts it meanwhile.
    entry.phase = { type: 'running' };
    return this.#finish(entry, outcome);
  }

  async #finish(entry: JobEntry, outcome: ActionOutcome): Promise<void> {
    entry.progress.close();
    if (outcome.reason === 'interrupted') entry.output.note(outcome.message);
    entry.output.close();
    const details = outcome.details ?? (entry.output.whole ? null : LOST_OUTPUT);
    const result = resultOf(entry.job, { ...outcome, details }, entry.spool.end.offset);
    this.#reporter.pump(entry);
    // Kept from the server because of a full disk it would hold the device; told, it is at worst told again after a crash.
    await this.#write([{ type: 'finished', at: this.#deps.now(), result }]);
    entry.phase = { type: 'finished', result, sent: false };
    if (entry.ending === 'unknown') this.#forget(entry, result);
    else this.#reporter.pump(entry);
    this.#deps.log('info', 'job.finished', { ...nameOf(result), outcome: result.outcome, reason: result.reason });
    this.#startWaiting();
    this.#changes.notify();
  }

  #cancel({ target_id, attempt, reason }: MessageOf<'job.cancel'>): void {
    const key = keyOf({ target_id, attempt });
    const entry = this.#entries.get(key);
    if (entry !== undefined) return this.#end(entry, reason);
    const done = this.#deps.journal.state.done.get(key);
    this.#reporter.result(done?.result ?? unknownJobResult(target_id, attempt));
  }

  #end(entry: JobEntry, why: NonNullable<JobEntry['ending']>): void {
    entry.ending ??= why;
    switch (entry.phase.type) {
      case 'offered':
      case 'running':
        return entry.abort.abort(why === 'timed_out' ? 'timed_out' : 'canceled');
      case 'waiting':
        void this.#finishUnstarted(entry, canceledOutcome);
        return;
      case 'finished':
        return why === 'unknown' ? this.#forget(entry, entry.phase.result) : this.#reporter.repeatResult(entry);
      case 'closing':
        return;
      default:
        return assertNever(entry.phase);
    }
  }

  #resultAcknowledged(ack: MessageOf<'result.ack'>): void {
    const entry = this.#entries.get(keyOf(ack));
    if (entry?.phase.type === 'finished') return this.#forget(entry, entry.phase.result);
    if (entry !== undefined && entry.phase.type !== 'closing')
      this.#deps.log('warn', 'result.ack_ignored', nameOf(ack));
  }

  #logAcknowledged({ target_id, offset }: MessageOf<'log.ack'>): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.job.target_id !== target_id || entry.superseded) continue;
      entry.sender.acknowledge(offset);
      if (entry.phase.type === 'closing' && entry.sender.allAcknowledged) this.#drop(entry);
      else this.#reporter.pump(entry);
    }
  }

  /** The server has the result. A crash before this is on disk only means that it is told again, so nobody waits for it. */
  #forget(entry: JobEntry, result: JobResult): void {
    const kept = { ...result, details: null };
    void this.#write([{ type: 'acknowledged', at: this.#deps.now(), ...nameOf(result), result: kept }]);
    if (entry.superseded || entry.ending === 'unknown' || entry.sender.allAcknowledged) this.#drop(entry);
    else entry.phase = { type: 'closing' };
  }

  async #restoreOne(live: LiveJob): Promise<void> {
    if (live.state === 'finished') {
      this.#add(live.job, { type: 'finished', result: live.result, sent: false }, true).output.close();
      return;
    }
    const entry = this.#add(live.job, { type: 'waiting' }, true);
    if (live.state === 'started') {
      if (!live.job.idempotent || live.starts >= MAX_STARTS)
        return this.#finishUnstarted(entry, interruptedOutcome('The agent ended while this job ran'));
      entry.output.note('The agent ended while this job ran; it is run again');
    }
    this.#held.add(entry.key);
  }

  #releaseHeld(): void {
    this.#holdTimer = null;
    this.#held.clear();
    this.#startWaiting();
  }

  #inPhase(type: Phase['type']): JobEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.phase.type === type);
  }

  #add(job: Job, phase: Phase, restored: boolean): JobEntry {
    const entry = createEntry({
      job,
      phase,
      restored,
      spoolDirectory: this.#deps.files.spool,
      maxOutputBytes: this.#deps.policy().max_output_bytes,
      written: (changed) => this.#reporter.pump(changed),
      reported: (changed, report) => this.#reporter.progress(changed, report),
      log: this.#deps.log,
    });
    this.#entries.set(entry.key, entry);
    return entry;
  }

  #drop(entry: JobEntry): void {
    this.#entries.delete(entry.key);
    entry.spool.remove();
    this.#changes.notify();
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
