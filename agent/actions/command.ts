/** The action `command`: the user's text in the shell that they chose. */
import { stat } from 'node:fs/promises';
import type { CommandJob } from '#protocol/agent/job.ts';
import type { Shell } from '#protocol/shell.ts';
import type { ActionOutcome } from './action.ts';
import type { JobRun } from './job-run.ts';
import { failed } from './outcomes.ts';
import { markerOf } from './process/marker.ts';
import { findProgram } from './programs.ts';
import { runOpenly } from './run-openly.ts';
import { shellPrograms, startShell } from './shells.ts';
import { prepareFolder } from './work-folder.ts';

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

type ShellCommand = Pick<CommandJob, 'command' | 'shell' | 'working_directory'>;

/** Runs a text in a shell; also used for what uninstalls a package. `marker` tells which processes an abort ends. */
export const runShell = async (
  run: JobRun,
  { command, shell, working_directory }: ShellCommand,
  marker = markerOf(run.job.target_id),
): Promise<ActionOutcome> => {
  const program = findShell(run, shell);
  if (program === null) return failed('unsupported', `this host has no ${shell}`);
  const cwd = working_directory ?? run.workDirectory;
  if (!(await isFolder(cwd))) return failed('path_refused', `the working directory ${cwd} does not exist`);
  const start = startShell(run.machine.platform, shell, program, command, run.workDirectory);
  await prepareFolder(run, start.script === null ? [] : [start.script]);
  return runOpenly(run, { argv: start.argv, verbatim: start.verbatim, cwd, env: run.env, marker });
};

export const runCommand = (run: JobRun, action: CommandJob): Promise<ActionOutcome> => {
  run.progress('running', null, null);
  return runShell(run, action);
};
