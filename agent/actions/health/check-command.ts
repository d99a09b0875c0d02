/**
 * Healthy when a command exits with 0. What it writes becomes lines of the agent's own in the job's output. Its processes
 * have a mark of their own: a try that takes too long ends them, and not the service that the job itself has started.
 */

import type { z } from 'zod';
import type { CommandCheck } from '#protocol/health-check.ts';
import { runShell } from '../command.ts';
import type { JobRun } from '../job-run.ts';
import { makeTextTail } from '../text-tail.ts';
import { type CheckResult, healthy, unhealthy } from './check-result.ts';

const MARKER_VARIABLE = 'DEPLOYX_HEALTH_CHECK';

/** Kept of one try's output: its end, where the reason is. */
const MAX_OUTPUT_CHARACTERS = 4000;

export const checkCommand = async (
  run: JobRun,
  check: z.infer<typeof CommandCheck>,
  signal: AbortSignal,
): Promise<CheckResult> => {
  const written = makeTextTail(MAX_OUTPUT_CHARACTERS);
  const id = run.job.target_id;
  const outcome = await runShell(
    { ...run, signal, env: { ...run.env, [MARKER_VARIABLE]: id }, output: (_stream, text) => written.add(text) },
    { command: check.command, shell: check.shell, working_directory: null },
    `${MARKER_VARIABLE}=${id}`,
  );
  const text = written.text().trimEnd();
  if (text !== '') run.output('system', `${text.replace(/^/gm, 'health check: ')}\n`);
  return outcome.outcome === 'completed' ? healthy : unhealthy(`the command ${outcome.message}`);
};
