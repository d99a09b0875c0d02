/** Runs what a person wrote, a command or a script: its output is the job's, and its exit code decides. */
import { MAX_DETAILS_CHARACTERS } from '#protocol/limits.ts';
import type { ActionOutcome } from './action.ts';
import type { JobRun } from './job-run.ts';
import { aborted, completed, failed } from './outcomes.ts';
import { type ProcessExit, type ProcessRequest, runProcess } from './process/run-process.ts';
import { makeTextTail } from './text-tail.ts';

const outcomeOf = (run: JobRun, exit: ProcessExit, details: string): ActionOutcome => {
  switch (exit.type) {
    case 'exited':
      return exit.code === 0
        ? completed('exited with code 0', { exitCode: 0 })
        : failed('exit_code', `exited with code ${exit.code}`, { exitCode: exit.code, details });
    case 'signaled':
      return failed('exit_code', `ended by signal ${exit.signal}`, { details });
    case 'aborted':
      return aborted(run, { details });
    case 'not_started':
      return failed('unsupported', exit.message);
  }
};

export const runOpenly = async (
  run: JobRun,
  process: Pick<ProcessRequest, 'argv' | 'verbatim' | 'cwd' | 'env' | 'marker'>,
): Promise<ActionOutcome> => {
  const errors = makeTextTail(2 * MAX_DETAILS_CHARACTERS);
  const exit = await runProcess({
    ...process,
    user: run.user,
    platform: run.machine.platform,
    signal: run.signal,
    mask: run.mask,
    output: (stream, text) => {
      if (stream === 'stderr') errors.add(text);
      run.output(stream, text);
    },
  });
  return outcomeOf(run, exit, errors.text());
};
