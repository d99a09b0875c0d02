/** Runs apt to a clear end: waits for locks, finishes what an earlier run left half done, and notices a wanted restart. */
import { stat } from 'node:fs/promises';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { describeExit, exitCodeOf, runTool, succeeded, type ToolResult } from '../process/tool.ts';
import { configureVector, explainFailure, lockSeconds, updateVector } from './apt-commands.ts';

/** Package managers hold a lock for seconds to minutes. */
const LOCK_POLL_MS = 1000;

export type AptResult = { ok: true } | { ok: false; outcome: ActionOutcome };

const refuse = (outcome: ActionOutcome): AptResult => ({ ok: false, outcome });

const failureOutcome = (run: JobRun, result: ToolResult, message: string): ActionOutcome => {
  if (run.signal.aborted) return aborted(run, { details: result.tail });
  if (result.exit.type === 'not_started') return failed('unsupported', message);
  return failed('install_failed', message, { exitCode: exitCodeOf(result), details: result.tail });
};

/** The lock's holder is waited for until the job has little time left. */
export const runApt = async (run: JobRun, argv: Vector): Promise<AptResult> => {
  const giveUpAt = performance.now() + lockSeconds(run.timeoutSeconds) * 1000;
  for (let finished = false; ; ) {
    const result = await runTool(run, argv, { visible: true });
    if (succeeded(result)) return { ok: true };
    const fallback = describeExit(argv[0], result.exit);
    if (run.signal.aborted || result.exit.type !== 'exited') return refuse(failureOutcome(run, result, fallback));
    const failure = explainFailure(result.tail, fallback);
    if (failure.type === 'failed')
      return refuse(failed(failure.reason, failure.message, { exitCode: exitCodeOf(result), details: result.tail }));
    if (failure.type === 'interrupted') {
      if (finished)
        return refuse(failureOutcome(run, result, 'an earlier installation was interrupted and cannot be finished'));
      finished = true;
      await runTool(run, configureVector, { visible: true });
      continue;
    }
    if (performance.now() >= giveUpAt)
      return refuse(failureOutcome(run, result, 'another package manager holds the lock'));
    run.progress('installing', null, 'waiting for another package manager');
    await run.machine.sleep(LOCK_POLL_MS, run.signal).catch(() => null);
  }
};

export const updateLists = (run: JobRun): Promise<AptResult> => {
  run.progress('installing', null, 'updating package lists');
  return runApt(run, updateVector(lockSeconds(run.timeoutSeconds)));
};

const wantsReboot = async (run: JobRun): Promise<boolean> =>
  (await stat(run.machine.rebootRequiredFile).catch(() => null)) !== null;

/** Runs `change`; an outcome that asks for a restart when the change, and nothing before it, brought that wish. */
export const withRebootNotice = async (
  run: JobRun,
  change: () => Promise<AptResult>,
  message: () => Promise<ActionOutcome>,
): Promise<ActionOutcome> => {
  const before = await wantsReboot(run);
  const result = await change();
  if (!result.ok) return result.outcome;
  const outcome = await message();
  if (outcome.outcome !== 'completed' || before || !(await wantsReboot(run))) return outcome;
  return completed(`${outcome.message}; the machine wants a restart`, { exitCode: 0, reason: 'reboot_required' });
};
