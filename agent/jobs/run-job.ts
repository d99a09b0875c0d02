/** Runs one job's action: a folder of its own, the time limit (JOB9), and an end even when the action finds none. */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ActionContext, ActionOutcome } from '../actions/action.ts';
import { errorText } from '../log.ts';
import { effectiveTimeoutSeconds } from '../policy/policy.ts';
import { PASSABLE_DIRECTORY_MODE } from '../state/write-file.ts';
import { canceledOutcome, internalOutcome, timedOutOutcome } from './job-results.ts';

/** An action has that long to end its process tree; what does not die in it never will. */
const END_AFTER_ABORT_MS = 15_000;

export type RunAction = (context: ActionContext) => Promise<ActionOutcome>;

export type JobRun = {
  context: Omit<ActionContext, 'signal'>;
  abort: AbortController;
  /**
   * What earlier runs of it have used of its time limit, by the clock on the wall. A first run starts from 0 whatever that clock does:
   * one that is set right while a job starts must not end it.
   */
  usedMs: number;
  runAction: RunAction;
  endAfterAbortMs?: number;
};

const forcedOutcome = (signal: AbortSignal, seconds: number): ActionOutcome =>
  signal.reason === 'timed_out'
    ? timedOutOutcome(seconds)
    : { ...canceledOutcome, message: 'Canceled; its processes did not end in time' };

/** Never resolves unless the signal is aborted and nothing else ends the job after that. */
const forcedEnd = (
  signal: AbortSignal,
  afterMs: number,
  seconds: number,
): { outcome: Promise<ActionOutcome>; clear: () => void } => {
  let timer: NodeJS.Timeout | undefined;
  const outcome = new Promise<ActionOutcome>((resolve) => {
    const aborted = (): void => {
      timer = setTimeout(() => resolve(forcedOutcome(signal, seconds)), afterMs);
    };
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
  return { outcome, clear: () => clearTimeout(timer) };
};

export const runJob = async (run: JobRun): Promise<ActionOutcome> => {
  const { context, abort } = run;
  const seconds = effectiveTimeoutSeconds(context.policy, context.job.timeout_seconds);
  const limitMs = seconds * 1000;
  // Never more than the whole limit, which a clock that was set back since the first start would make of it.
  const leftMs = Math.min(limitMs - run.usedMs, limitMs);
  if (leftMs <= 0) return timedOutOutcome(seconds);
  const limit = setTimeout(() => abort.abort('timed_out'), leftMs);
  const forced = forcedEnd(abort.signal, run.endAfterAbortMs ?? END_AFTER_ABORT_MS, seconds);
  try {
    // Synchronous: a thread's turn takes longer than making a folder.
    mkdirSync(context.workDirectory, { recursive: true, mode: PASSABLE_DIRECTORY_MODE });
    return await Promise.race([run.runAction({ ...context, signal: abort.signal }), forced.outcome]);
  } catch (error) {
    return internalOutcome(errorText(error));
  } finally {
    clearTimeout(limit);
    forced.clear();
    rm(context.workDirectory, { recursive: true, force: true }).catch(() => undefined);
  }
};
