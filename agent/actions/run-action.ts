/**
 * Carries out one job: asks the policy (JOB12), acts by the action's kind, and sees whether the device is healthy after
 * it (HC1). It always comes back with an outcome; an abort of the signal ends whatever runs (JOB8, JOB9). Called by the
 * core, which keeps the journal, the output and the time.
 */
import type { JobAction } from '#protocol/agent/job.ts';
import { assertNever } from '#protocol/assert.ts';
import { decideJob } from '../policy/decide.ts';
import { effectiveTimeoutSeconds } from '../policy/policy.ts';
import { decideUser } from '../policy/run-as.ts';
import type { ActionContext, ActionOutcome } from './action.ts';
import { runCommand } from './command.ts';
import { jobEnvironment } from './environment.ts';
import { runFiles } from './files/files.ts';
import { afterHealthCheck } from './health/health-check.ts';
import type { JobRun } from './job-run.ts';
import { type Machine, thisMachine } from './machine.ts';
import { aborted, failed } from './outcomes.ts';
import { runScript } from './script.ts';
import { type Mask, makeMask } from './secrets/mask.ts';
import { runSoftwareRecorded } from './undo/record-software.ts';
import { runUndo } from './undo/undo.ts';

const act = (run: JobRun): Promise<ActionOutcome> => {
  const { action } = run.job;
  switch (action.kind) {
    case 'command':
      return runCommand(run, action);
    case 'script':
      return runScript(run, action);
    case 'software':
      return runSoftwareRecorded(run, action);
    case 'files':
      return runFiles(run, action);
    case 'undo':
      return runUndo(run, action);
    default:
      return assertNever(action);
  }
};

const actOrExplain = async (run: JobRun): Promise<ActionOutcome> => {
  try {
    const outcome = await act(run);
    const check = run.job.health_check;
    return outcome.outcome === 'completed' && check !== null ? await afterHealthCheck(run, check, outcome) : outcome;
  } catch (error) {
    if (run.signal.aborted) return aborted(run);
    return failed('internal', `the agent failed: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const secretsOf = (action: JobAction): string[] =>
  action.kind === 'command' || action.kind === 'script' ? action.secret_env.map((name) => action.env[name] ?? '') : [];

/** LOG9: output of processes is masked where it is read; here is what the agent itself says. */
const actUnderMask = async (run: JobRun, mask: Mask): Promise<ActionOutcome> => {
  const hide = (text: string | null): string | null => (text === null ? null : mask.text(text));
  const outcome = await actOrExplain({
    ...run,
    output: (stream, text) => run.output(stream, stream === 'system' ? mask.text(text) : text),
    progress: (status, percent, message) => run.progress(status, percent, hide(message)),
  });
  return { ...outcome, message: mask.text(outcome.message), details: hide(outcome.details) };
};

export const runAction = async (context: ActionContext, machine: Machine = thisMachine): Promise<ActionOutcome> => {
  const { job, policy } = context;
  const timeoutSeconds = effectiveTimeoutSeconds(policy, job.timeout_seconds);
  if (context.signal.aborted) return aborted({ signal: context.signal, timeoutSeconds });
  const decision = decideJob(policy, job);
  if (!decision.allowed) return failed('policy_refused', decision.message);
  const identity = await decideUser(policy.run_as, machine.platform, machine.uid);
  if (!identity.allowed) return failed('policy_refused', identity.message);
  const { user } = identity;
  const env = jobEnvironment({ platform: machine.platform, processEnv: machine.processEnv, policy, user, job });
  const mask = makeMask(secretsOf(job.action));
  const run: JobRun = { ...context, machine, user, mask, env, timeoutSeconds };
  return mask === null ? actOrExplain(run) : actUnderMask(run, mask);
};
