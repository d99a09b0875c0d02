/**
 * The jobs of this agent, and what the server's messages mean for them (rules JOB1 to JOB12, LOG2 to LOG7). Keyed by target
 * and attempt. Invariants: nothing is accepted, started or reported as finished before the journal has it on disk; a job takes
 * each step forward once. Called by `agent.ts`, which passes on what the connection brings.
 */
import type { Job } from '#protocol/agent/job.ts';
import type { ToAgent } from '#protocol/agent/to-agent.ts';
import type { JournaledJob } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import type { TargetId } from '#protocol/ids.ts';
import type { Link } from '../connection/link.ts';
import { errorText } from '../log.ts';
import type { StateFiles } from '../state/state-directory.ts';
import { Changes } from './changes.ts';
import { type JobEntry, nameOf } from './job-entry.ts';
import { canceledOutcome, interruptedOutcome, unknownJobResult } from './job-results.ts';
import { JobRunner, type RunnerDependencies } from './job-runner.ts';
import { JobTable } from './job-table.ts';
import { journaledJobs, keyOf, type LiveJob } from './journal-records.ts';
import { Reporter } from './reporter.ts';

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

export type JobsMessage = Exclude<ToAgent, { type: 'welcome' | 'state.request' | 'host.log' }>;
type MessageOf<Type extends JobsMessage['type']> = Extract<JobsMessage, { type: Type }>;

export type JobsDependencies = RunnerDependencies & {
  files: Pick<StateFiles, 'spool' | 'work' | 'cache' | 'backups'>;
  /** Ends what a killed agent has left running of a job. */
  endLeftovers: (targetId: TargetId) => Promise<void>;
};

export class Jobs {
  readonly #deps: JobsDependencies;
  readonly #reporter = new Reporter();
  readonly #changes = new Changes();
  readonly #table: JobTable;
  readonly #runner: JobRunner;
  #holdTimer: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(deps: JobsDependencies) {
    this.#deps = deps;
    this.#table = new JobTable({
      spoolDirectory: deps.files.spool,
      maxOutputBytes: () => deps.policy().max_output_bytes,
      written: (entry) => this.#reporter.pump(entry),
      reported: (entry, report) => this.#reporter.progress(entry, report),
      changes: this.#changes,
      log: deps.log,
    });
    this.#runner = new JobRunner(deps, { table: this.#table, reporter: this.#reporter, changes: this.#changes });
  }

  /** What `hello` lists: jobs whose acceptance is on disk (JOB5). */
  journaled(): JournaledJob[] {
    return journaledJobs(this.#deps.journal.state).slice(0, MAX_JOBS);
  }

  /** Takes up what an earlier run of the agent left (JOB4). Called once, before the first connection. */
  restore(): void {
    for (const live of [...this.#deps.journal.state.live.values()]) this.#restoreOne(live);
    void this.#runner.pruneBackups();
  }

  connected(link: Link): void {
    this.#reporter.connect(link, this.#table.all());
    this.#holdTimer ??= setTimeout(() => this.#runner.releaseHeld(), RESTORED_HOLD_MS);
  }

  disconnected(): void {
    this.#reporter.disconnect();
    for (const entry of this.#table.inPhase('closing')) this.#table.drop(entry);
    this.#changes.notify();
  }

  /** The connection takes more again. */
  drained(): void {
    for (const entry of this.#table.all()) this.#reporter.pump(entry);
  }

  message(message: JobsMessage): void {
    switch (message.type) {
      case 'job.offer':
        this.#offered(message.job);
        break;
      case 'job.cancel':
        this.#cancel(message);
        break;
      case 'result.ack':
        this.#resultAcknowledged(message);
        break;
      case 'log.ack':
        this.#logAcknowledged(message);
        break;
      default:
        assertNever(message);
    }
  }

  /**
   * Takes nothing new, gives running jobs `graceMs` to end by themselves, ends the others as interrupted, and gives the server
   * a moment to acknowledge. What it has not acknowledged then is in the journal, and told when the agent is back.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#runner.stopStarting();
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer);
    const isIdle = (): boolean => this.#table.inPhase('running').length + this.#table.inPhase('offered').length === 0;
    await this.#changes.until(isIdle, graceMs);
    for (const entry of this.#table.inPhase('running')) this.#end(entry, 'stopping');
    await this.#changes.until(isIdle, STOP_END_MS);
    const isReported = (): boolean =>
      this.#table.inPhase('finished').length + this.#table.inPhase('closing').length === 0;
    await this.#changes.until(() => !this.#reporter.connected || isReported(), STOP_REPORT_MS);
    for (const entry of this.#table.all()) entry.spool.close();
  }

  /** JOB3: what is known is answered, never started again. */
  #offered(job: Job): void {
    const key = keyOf(job);
    const known = this.#table.get(key);
    const done = this.#deps.journal.state.done.get(key);
    if (known !== undefined) this.#offeredAgain(known);
    else if (done !== undefined) this.#reporter.result(done.result);
    else if (!this.#stopping) this.#offeredFirst(job);
  }

  #offeredAgain(entry: JobEntry): void {
    if (entry.phase.type === 'finished') this.#reporter.repeatResult(entry);
    // One that is on its way into the journal is accepted when it is there.
    else if (entry.phase.type !== 'offered') this.#reporter.accepted(entry.job);
  }

  /** A later attempt means that the server has given the earlier ones up. */
  #offeredFirst(job: Job): void {
    const others = this.#table.attemptsOf(job.target_id);
    if (this.#table.size >= MAX_JOBS || others.some((entry) => entry.job.attempt > job.attempt)) {
      this.#deps.log('warn', 'job.ignored', nameOf(job));
      return;
    }
    for (const other of others) {
      other.superseded = true;
      this.#end(other, 'canceled');
    }
    void this.#runner.accept(job);
  }

  /** JOB8. */
  #cancel({ target_id, attempt, reason }: MessageOf<'job.cancel'>): void {
    const key = keyOf({ target_id, attempt });
    const entry = this.#table.get(key);
    const done = this.#deps.journal.state.done.get(key);
    if (entry !== undefined) this.#end(entry, reason);
    else this.#reporter.result(done?.result ?? unknownJobResult(target_id, attempt));
  }

  #end(entry: JobEntry, why: NonNullable<JobEntry['ending']>): void {
    // A server that waits for no result outweighs whatever the job was ended for before.
    entry.ending = why === 'unknown' ? why : (entry.ending ?? why);
    switch (entry.phase.type) {
      case 'offered':
      case 'running':
        entry.abort.abort(why === 'timed_out' ? 'timed_out' : 'canceled');
        break;
      case 'waiting':
        void this.#runner.finishUnstarted(entry, canceledOutcome);
        break;
      case 'finished':
        if (entry.ending === 'unknown') this.#runner.forget(entry, entry.phase.result);
        else this.#reporter.repeatResult(entry);
        break;
      case 'closing':
        break;
      default:
        assertNever(entry.phase);
    }
  }

  #resultAcknowledged(ack: MessageOf<'result.ack'>): void {
    const entry = this.#table.get(keyOf(ack));
    if (entry?.phase.type === 'finished') this.#runner.forget(entry, entry.phase.result);
    else if (entry !== undefined && entry.phase.type !== 'closing')
      this.#deps.log('warn', 'result.ack_ignored', nameOf(ack));
  }

  #logAcknowledged({ target_id, offset }: MessageOf<'log.ack'>): void {
    for (const entry of this.#table.attemptsOf(target_id)) {
      if (entry.superseded) continue;
      entry.sender.acknowledge(offset);
      if (entry.phase.type === 'closing' && entry.sender.allAcknowledged) this.#table.drop(entry);
      else this.#reporter.pump(entry);
    }
  }

  #restoreOne(live: LiveJob): void {
    switch (live.state) {
      case 'accepted':
        this.#runner.hold(this.#table.add(live.job, { type: 'waiting' }, true));
        break;
      case 'started':
        // It takes its place until nothing of it runs any more.
        void this.#recover(this.#table.add(live.job, { type: 'running' }, true), live.starts);
        break;
      case 'finished':
        this.#table.add(live.job, { type: 'finished', result: live.result, sent: false }, true).output.close();
        break;
      default:
        assertNever(live);
    }
  }

  async #recover(entry: JobEntry, starts: number): Promise<void> {
    try {
      await this.#deps.endLeftovers(entry.job.target_id);
    } catch (error) {
      this.#deps.log('error', 'job.leftovers', { ...nameOf(entry.job), error: errorText(error) });
    }
    if (!entry.job.idempotent || starts >= MAX_STARTS)
      return this.#runner.finishUnstarted(entry, interruptedOutcome('interrupted: the agent ended while this job ran'));
    if (entry.ending !== null) return this.#runner.finishUnstarted(entry, canceledOutcome);
    entry.output.note('interrupted: the agent ended while this job ran; it is run again');
    entry.phase = { type: 'waiting' };
    this.#runner.hold(entry);
  }
}
