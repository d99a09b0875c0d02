/**
 * Carries out one job: asks the policy (JOB12), then acts by the action's kind. It always comes back with an outcome;
 * an abort of the signal ends whatever runs (JOB8, JOB9). Called by the core, which keeps the journal, the output and
 * the time.
 */
import { assertNever } from '#protocol/assert.ts';
import { decideAction } from '../policy/decide.ts';
import { effectiveTimeoutSeconds } from '../policy/policy.ts';
import { decideUser } from '../policy/run-as.ts';
import type { ActionContext, ActionOutcome } from './action.ts';
import { runCommand } from './command.ts';
import { jobEnvironment } from './environment.ts';
import { runFiles } from './files/files.ts';
import type { JobRun } from './job-run.ts';
import { type Machine, thisMachine } from './machine.ts';
import { aborted, failed } from './outcomes.ts';
import { runSoftware } from './software/software.ts';

const act = (run: JobRun): Promise<ActionOutcome> => {
  const { action } = run.job;
  switch (action.kind) {
    case 'command':
      return runCommand(run, action);
    case 'software':
      return runSoftware(run, action);
    case 'files':
      return runFiles(run, action);
    default:
      return assertNever(action);
  }
};

const actOrExplain = async (run: JobRun): Promise<ActionOutcome> => {
  try {
    return await act(run);
  } catch (error) {
    if (run.signal.aborted) return aborted(run);
    return failed('internal', `the agent failed: ${error instanceof Error ? error.message : String(error)}`);
  }
};

export const runAction = async (context: ActionContext, machine: Machine = thisMachine): Promise<ActionOutcome> => {
  const { job, policy } = context;
  const timeoutSeconds = effectiveTimeoutSeconds(policy, job.timeout_seconds);
  if (context.signal.aborted) return aborted({ signal: context.signal, timeoutSeconds });
  const decision = decideAction(policy, job.action);
  if (!decision.allowed) return failed('policy_refused', decision.message);
  const identity = await decideUser(policy.run_as, machine.platform, machine.uid);
  if (!identity.allowed) return failed('policy_refused', identity.message);
  const { user } = identity;
  const env = jobEnvironment({ platform: machine.platform, processEnv: machine.processEnv, policy, user, job });
  return actOrExplain({ ...context, machine, user, env, timeoutSeconds });
};
