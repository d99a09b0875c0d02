/** Runs apt to a clear end: waits for locks, finishes what an earlier run left half done, and notices a wanted restart. */
import { stat } from 'node:fs/promises';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { completed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { judgeApt, updateVector } from './apt-commands.ts';
import { type Changed, changeSystem, lockSeconds } from './change-system.ts';

/** apt waits for most locks by itself, and says so. */
export const APT_WAITS = /Waiting for cache lock/;

export const runApt = (run: JobRun, argv: Vector): Promise<Changed> =>
  changeSystem(run, argv, judgeApt, { waits: APT_WAITS });

export const updateLists = (run: JobRun): Promise<Changed> => {
  run.progress('installing', null, 'updating package lists');
  return runApt(run, updateVector(lockSeconds(run.timeoutSeconds)));
};

const wantsReboot = async (run: JobRun): Promise<boolean> =>
  (await stat(run.machine.rebootRequiredFile).catch(() => null)) !== null;

/** Runs `change`; an outcome that asks for a restart when the change, and nothing before it, brought that wish. */
export const withRebootNotice = async (
  run: JobRun,
  change: () => Promise<Changed>,
  message: () => Promise<ActionOutcome>,
): Promise<ActionOutcome> => {
  const before = await wantsReboot(run);
  const result = await change();
  if (!result.ok) return result.outcome;
  const outcome = await message();
  if (outcome.outcome !== 'completed' || before || !(await wantsReboot(run))) return outcome;
  return completed(`${outcome.message}; the machine wants a restart`, { exitCode: 0, reason: 'reboot_required' });
};
