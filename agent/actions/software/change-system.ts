/** Runs a package manager to a clear end: what its exit means is judged by its adapter, and its lock is waited for. */
import type { ResultReason } from '#protocol/agent/to-server.ts';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { describeExit, exitCodeOf, runTool, type ToolOptions, type ToolResult } from '../process/tool.ts';

/** Package managers hold a lock for seconds to minutes; the first look comes soon, and later ones do not fill the log. */
const FIRST_LOCK_POLL_MS = 1000;
const MAX_LOCK_POLL_MS = 10_000;

export const WAITING = 'waiting for another package manager';

export type Failure = { type: 'failed'; reason: ResultReason; message: string };
export type Verdict =
  | { type: 'done' | 'reboot_required' | 'already_installed' | 'not_installed' }
  /** Another installation is under way; trying again helps. */
  | { type: 'locked' }
  /** An earlier run was ended in the middle and has to be finished first. */
  | { type: 'interrupted'; finishBy: Vector }
  | Failure;

/** What an exit code, and what was written at last, say; pure. */
export type Judge = (code: number, output: string) => Verdict;

export type Changed =
  | { ok: true; verdict: 'done' | 'reboot_required' | 'already_installed' | 'not_installed'; exitCode: number }
  | { ok: false; outcome: ActionOutcome };

export type ChangeOptions = Omit<ToolOptions, 'visible'> & {
  /** In the output of a manager that waits by itself. */
  waits?: RegExp;
};

/** Waiting for a lock ends before the job's time limit does, so that the result can say who holds it. */
export const lockSeconds = (timeoutSeconds: number): number => Math.max(1, Math.floor(timeoutSeconds * 0.9));

const refuse = (outcome: ActionOutcome): Changed => ({ ok: false, outcome });

const failure = (run: JobRun, result: ToolResult, reason: ResultReason, message: string): Changed =>
  refuse(
    run.signal.aborted
      ? aborted(run, { details: result.tail })
      : failed(reason, message, { exitCode: exitCodeOf(result), details: result.tail }),
  );

const noticeWaiting = (run: JobRun, waits: RegExp | undefined) => (text: string) => {
  if (waits?.test(text)) run.progress('installing', null, WAITING);
};

export const changeSystem = async (
  run: JobRun,
  argv: Vector,
  judge: Judge,
  { waits, ...options }: ChangeOptions = {},
): Promise<Changed> => {
  const giveUpAt = run.machine.now() + lockSeconds(run.timeoutSeconds) * 1000;
  let finished = false;
  let pollMs = FIRST_LOCK_POLL_MS;
  for (;;) {
    const result = await runTool(run, argv, { observe: noticeWaiting(run, waits), ...options, visible: true });
    const { exit } = result;
    if (exit.type === 'not_started') return failure(run, result, 'unsupported', exit.message);
    if (exit.type !== 'exited') return failure(run, result, 'install_failed', describeExit(argv[0], exit));
    const verdict = judge(exit.code, result.tail);
    switch (verdict.type) {
      case 'failed':
        return failure(run, result, verdict.reason, verdict.message);
      case 'interrupted':
        if (finished || run.signal.aborted)
          return failure(
            run,
            result,
            'install_failed',
            'an earlier installation was interrupted and cannot be finished',
          );
        finished = true;
        await runTool(run, verdict.finishBy, { visible: true });
        break;
      case 'locked':
        if (run.signal.aborted || run.machine.now() >= giveUpAt)
          return failure(run, result, 'install_failed', 'another package manager holds the lock');
        run.progress('installing', null, WAITING);
        await run.machine.sleep(pollMs, run.signal).catch(() => null);
        pollMs = Math.min(MAX_LOCK_POLL_MS, pollMs * 2);
        break;
      default:
        return { ok: true, verdict: verdict.type, exitCode: exit.code };
    }
  }
};
