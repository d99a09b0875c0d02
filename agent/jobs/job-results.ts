/** Results that the agent itself arrives at, and the bounds that every result keeps. */
import type { Job } from '#protocol/agent/job.ts';
import type { JobResult, UndoOffer } from '#protocol/agent/to-server.ts';
import type { TargetId } from '#protocol/ids.ts';
import { MAX_DETAILS_CHARACTERS, MAX_MESSAGE_CHARACTERS } from '#protocol/limits.ts';
import type { ActionOutcome } from '../actions/action.ts';

const failed = (reason: ActionOutcome['reason'], message: string, details: string | null = null): ActionOutcome => ({
  outcome: 'failed',
  reason,
  exit_code: null,
  message,
  details,
});

export const canceledOutcome: ActionOutcome = {
  outcome: 'canceled',
  reason: 'canceled',
  exit_code: null,
  message: 'Canceled before it started',
  details: null,
};
export const timedOutOutcome = (seconds: number): ActionOutcome =>
  failed('timed_out', `Did not end within ${seconds} s`);
export const interruptedOutcome = (message: string): ActionOutcome => failed('interrupted', message);
export const internalOutcome = (error: string): ActionOutcome => failed('internal', 'The agent failed', error);
/** The job was never started, so it may be offered again; nothing of it is in the journal. */
export const notJournaledOutcome = (error: string): ActionOutcome =>
  failed('disk_full', 'The agent cannot write its journal', error);

/** Stands in the details of a result when nothing more important does. */
export const LOST_OUTPUT = 'Some of the output is lost: the disk did not take it';

const clip = (text: string, max: number): string => (text.length <= max ? text : text.slice(0, max).toWellFormed());

type JobName = Pick<Job, 'target_id' | 'attempt'>;

export const resultOf = (
  job: JobName,
  outcome: ActionOutcome,
  logEnd: number,
  undo: UndoOffer | null = null,
): JobResult => ({
  type: 'job.result',
  target_id: job.target_id,
  attempt: job.attempt,
  outcome: outcome.outcome,
  reason: outcome.reason,
  exit_code: outcome.exit_code,
  message: clip(outcome.message, MAX_MESSAGE_CHARACTERS),
  details: outcome.details === null ? null : clip(outcome.details, MAX_DETAILS_CHARACTERS),
  undo,
  log_end: logEnd,
});

/** JOB8: the answer to a cancel of a job that this agent has never heard of. */
export const unknownJobResult = (targetId: TargetId, attempt: number): JobResult =>
  resultOf({ target_id: targetId, attempt }, { ...canceledOutcome, message: 'The agent does not know this job' }, 0);
