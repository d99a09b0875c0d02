/** Whether a change made the machine want a restart, as a program of the system tells. */
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { completed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { runTool } from '../process/tool.ts';
import { finderOf } from './package-host.ts';

/** A program that says by its exit code that a restart is wanted; asked only where it is there. */
export type RebootHint = { argv: Vector; code: number };

const wantsReboot = async (run: JobRun, hint: RebootHint | undefined): Promise<boolean> => {
  if (hint === undefined || finderOf(run)(hint.argv[0]) === null) return false;
  const { exit } = await runTool(run, hint.argv, { visible: false });
  return exit.type === 'exited' && exit.code === hint.code;
};

export const restartWanted = (outcome: ActionOutcome, exitCode: number): ActionOutcome =>
  completed(`${outcome.message}; the machine wants a restart`, { exitCode, reason: 'reboot_required' });

/** Only a wish that `work`, and nothing before it, brought is told. */
export const withRebootHint = async (
  run: JobRun,
  hint: RebootHint | undefined,
  work: () => Promise<ActionOutcome>,
): Promise<ActionOutcome> => {
  const before = await wantsReboot(run, hint);
  const outcome = await work();
  if (outcome.outcome !== 'completed' || outcome.reason !== 'ok' || before) return outcome;
  return (await wantsReboot(run, hint)) ? restartWanted(outcome, 0) : outcome;
};
