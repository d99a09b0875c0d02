/**
 * HC1: what must hold before a job whose action succeeded counts as completed. Tried on this machine, several times with
 * pauses, each try within a limit of its own and all of them within the job's; an abort ends it at once. Called by
 * `run-action.ts`, which has asked the policy about a command beforehand.
 */
import { assertNever } from '#protocol/assert.ts';
import type { HealthCheck } from '#protocol/health-check.ts';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import { checkCommand } from './check-command.ts';
import { checkHttp } from './check-http.ts';
import { type CheckResult, unhealthy } from './check-result.ts';
import { checkTcp } from './check-tcp.ts';

const carryOut = (run: JobRun, check: HealthCheck, signal: AbortSignal): Promise<CheckResult> => {
  switch (check.type) {
    case 'command':
      return checkCommand(run, check, signal);
    case 'http':
      return checkHttp(check, signal);
    case 'tcp':
      return checkTcp(check, signal);
    default:
      return assertNever(check);
  }
};

const tryOnce = async (run: JobRun, check: HealthCheck): Promise<CheckResult> => {
  const limit = AbortSignal.timeout(check.timeout_seconds * 1000);
  const result = await carryOut(run, check, AbortSignal.any([run.signal, limit]));
  return result.healthy || !limit.aborted ? result : unhealthy(`it took more than ${check.timeout_seconds} s`);
};

const tries = (count: number): string => (count === 1 ? '1 try' : `${count} tries`);

const stillCompleted = (outcome: ActionOutcome, count: number): ActionOutcome =>
  completed(`${outcome.message}; healthy after ${tries(count)}`, {
    reason: outcome.reason,
    exitCode: outcome.exit_code,
    details: outcome.details,
  });

const becameFailed = (outcome: ActionOutcome, count: number, message: string): ActionOutcome =>
  failed('unhealthy', `not healthy after ${tries(count)}: ${message}`, {
    exitCode: outcome.exit_code,
    details: `The action itself succeeded: ${outcome.message}`,
  });

/** The outcome of an action that succeeded, once its health check has its answer. */
export const afterHealthCheck = async (
  run: JobRun,
  check: HealthCheck,
  outcome: ActionOutcome,
): Promise<ActionOutcome> => {
  const most = check.retries + 1;
  for (let count = 1; ; count++) {
    run.progress('verifying', null, `health check, try ${count} of ${most}`);
    const result = await tryOnce(run, check);
    if (run.signal.aborted) return aborted(run);
    if (result.healthy) return stillCompleted(outcome, count);
    const goesOn = count < most;
    const next = goesOn ? `; trying again in ${check.interval_seconds} s` : '';
    run.output('system', `health check, try ${count} of ${most}: ${result.message}${next}\n`);
    if (!goesOn) return becameFailed(outcome, count, result.message);
    // Rejects when the job is aborted, which is looked at next.
    await run.machine.sleep(check.interval_seconds * 1000, run.signal).catch(() => null);
    if (run.signal.aborted) return aborted(run);
  }
};
