/** Sends one part of a report until the server has it, or says that it never will, or the time is over. */
import type { ReportPart } from '../../connection/server-reports.ts';
import { backoffMs, retryAfterMs } from '../download/backoff.ts';
import type { JobRun } from '../job-run.ts';

export type Sent =
  | { type: 'taken' }
  /** This part is not taken, another may be. */
  | { type: 'refused'; message: string }
  /** The server takes nothing (more) of this job. */
  | { type: 'closed' }
  | { type: 'too_late' };

/** Refusals that pass by themselves. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);
/** The host or the job is not what the server knows: nothing of the report would be taken. */
const closing: ReadonlySet<number> = new Set([401, 403, 404]);

type Try = Sent | { type: 'retry'; afterMs: number };

const tryOnce = async (run: JobRun, part: ReportPart, signal: AbortSignal): Promise<Try> => {
  let response: Response;
  try {
    response = await run.sendReport(run.job, part, signal);
    await response.body?.cancel();
  } catch {
    return { type: 'retry', afterMs: 0 };
  }
  const { status } = response;
  if (status < 300) return { type: 'taken' };
  if (status >= 500 || passing.has(status))
    return { type: 'retry', afterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) };
  return closing.has(status) ? { type: 'closed' } : { type: 'refused', message: `the server answered ${status}` };
};

export const sendPart = async (run: JobRun, part: ReportPart, signal: AbortSignal): Promise<Sent> => {
  for (let tries = 1; !signal.aborted; tries++) {
    const result = await tryOnce(run, part, signal);
    if (result.type !== 'retry') return result;
    const waitMs = Math.max(result.afterMs, backoffMs(tries, run.machine.random()));
    await run.machine.sleep(waitMs, signal).catch(() => undefined);
  }
  return { type: 'too_late' };
};
