/** A job in the agent's hands, from its offer until the server has its result and its output. */
import { join } from 'node:path';
import type { Job } from '#protocol/agent/job.ts';
import type { JobResult } from '#protocol/agent/to-server.ts';
import type { Log } from '../log.ts';
import { CutCount } from './cut-count.ts';
import { JobOutput } from './job-output.ts';
import { JobProgress, type ProgressReport } from './job-progress.ts';
import { type JobKey, keyOf } from './journal-records.ts';
import { LogSender } from './log-sender.ts';
import { Spool } from './spool.ts';

/**
 * `offered`: on its way into the journal. `waiting`: accepted, for a free place. `running`: started in the journal.
 * `finished`: it has a result. `closing`: the result is acknowledged, some of the output is not yet.
 */
export type Phase =
  | { type: 'offered'; starts: boolean }
  | { type: 'waiting' }
  | { type: 'running' }
  | { type: 'finished'; result: JobResult; sent: boolean }
  | { type: 'closing' };

export type JobEntry = {
  readonly key: JobKey;
  readonly job: Job;
  phase: Phase;
  readonly abort: AbortController;
  /** Why the job is to end; the first reason stays. */
  ending: 'canceled' | 'timed_out' | 'unknown' | 'stopping' | null;
  /** A later attempt of the same target is here: this one's output belongs to no log any more. */
  superseded: boolean;
  readonly spool: Spool;
  readonly sender: LogSender;
  readonly output: JobOutput;
  readonly progress: JobProgress;
};

type JobName = Pick<Job, 'target_id' | 'attempt'>;

export type EntryOptions = {
  job: Job;
  phase: Phase;
  spoolDirectory: string;
  /** True for a job from before a restart of the agent, whose output may be there. */
  restored: boolean;
  maxOutputBytes: number;
  written: (entry: JobEntry) => void;
  reported: (entry: JobEntry, report: ProgressReport) => void;
  log: Log;
};

export const spoolPath = (directory: string, key: JobKey): string => join(directory, `${key}.log`);

export const createEntry = (options: EntryOptions): JobEntry => {
  const { job } = options;
  const key = keyOf(job);
  const path = spoolPath(options.spoolDirectory, key);
  const spool = options.restored ? Spool.reopen(path, job.log_offset) : Spool.create(path, job.log_offset);
  const entry: JobEntry = {
    key,
    job,
    phase: options.phase,
    abort: new AbortController(),
    ending: null,
    superseded: false,
    spool,
    sender: new LogSender(job.target_id, spool, options.restored),
    output: new JobOutput(
      spool,
      options.maxOutputBytes,
      new CutCount(`${path}.cut`, options.restored),
      () => options.written(entry),
      options.log,
    ),
    progress: new JobProgress((report) => options.reported(entry, report)),
  };
  return entry;
};

/** Whether the job takes up one of the places that the policy grants. */
export const takesPlace = ({ phase }: JobEntry): boolean =>
  phase.type === 'running' || (phase.type === 'offered' && phase.starts);

/** It has its result. */
export const isOver = (phase: Phase): boolean => phase.type === 'finished' || phase.type === 'closing';

/** The part of a job that messages and records name it by. */
export const nameOf = ({ target_id, attempt }: JobName): JobName => ({ target_id, attempt });
