/** The action `command`: the user's text in the shell that they chose. */
import { chown, stat, writeFile } from 'node:fs/promises';
import type { CommandJob } from '#protocol/agent/job.ts';
import { MAX_DETAILS_CHARACTERS } from '#protocol/limits.ts';
import type { Shell } from '#protocol/spec.ts';
import type { ActionOutcome } from './action.ts';
import type { JobRun } from './job-run.ts';
import { aborted, completed, failed } from './outcomes.ts';
import { markerOf } from './process/marker.ts';
import { type ProcessExit, runProcess } from './process/run-process.ts';
import { findProgram } from './programs.ts';
import { type ShellStart, shellPrograms, startShell } from './shells.ts';
import { makeTextTail } from './text-tail.ts';

const isFolder = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ?? false;
};

const findShell = (run: JobRun, shell: Shell): string | null => {
  for (const name of shellPrograms(run.machine.platform, shell)) {
    const path = findProgram(run.machine.platform, name, run.env);
    if (path !== null) return path;
  }
  return null;
};

/** The job's own folder belongs to whoever the job runs as; last of all, so that nobody is in it while we write. */
const prepareFolder = async (run: JobRun, script: ShellStart['script']): Promise<void> => {
  if (script !== null) await writeFile(script.path, script.text, { mode: 0o700 });
  if (run.user === null) return;
  const { uid, gid } = run.user;
  if (script !== null) await chown(script.path, uid, gid);
  await chown(run.workDirectory, uid, gid);
};

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

type ShellCommand = Pick<CommandJob, 'command' | 'shell' | 'working_directory'>;

/** Runs a text in a shell; also used for what uninstalls a package. */
export const runShell = async (
  run: JobRun,
  { command, shell, working_directory }: ShellCommand,
): Promise<ActionOutcome> => {
  const program = findShell(run, shell);
  if (program === null) return failed('unsupported', `this host has no ${shell}`);
  const cwd = working_directory ?? run.workDirectory;
  if (!(await isFolder(cwd))) return failed('path_refused', `the working directory ${cwd} does not exist`);
  const start = startShell(run.machine.platform, shell, program, command, run.workDirectory);
  await prepareFolder(run, start.script);
  const errors = makeTextTail(2 * MAX_DETAILS_CHARACTERS);
  const exit = await runProcess({
    argv: start.argv,
    verbatim: start.verbatim,
    cwd,
    env: run.env,
    user: run.user,
    platform: run.machine.platform,
    signal: run.signal,
    marker: markerOf(run.job.target_id),
    output: (stream, text) => {
      if (stream === 'stderr') errors.add(text);
      run.output(stream, text);
    },
  });
  return outcomeOf(run, exit, errors.text());
};

export const runCommand = (run: JobRun, action: CommandJob): Promise<ActionOutcome> => {
  run.progress('running', null, null);
  return runShell(run, action);
};
