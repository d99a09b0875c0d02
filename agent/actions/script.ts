/**
 * The action `script`: a text of the team's library, run by its interpreter from a fresh folder. What it leaves in its report folder
 * is handed to the server when it has ended, well or badly; its outcome does not depend on that.
 */
import { join } from 'node:path';
import type { ScriptJob } from '#protocol/agent/job.ts';
import type { ActionOutcome } from './action.ts';
import { interpreterPrograms, startScript } from './interpreters.ts';
import type { JobRun } from './job-run.ts';
import { failed } from './outcomes.ts';
import { markerOf } from './process/marker.ts';
import { findProgram } from './programs.ts';
import { handOverReport } from './reports/hand-over-report.ts';
import { runOpenly } from './run-openly.ts';
import { prepareFolder } from './work-folder.ts';

const REPORT_FOLDER = 'reports';

const findInterpreter = (run: JobRun, { interpreter }: ScriptJob): string | null => {
  for (const name of interpreterPrograms(run.machine.platform, interpreter)) {
    const path = findProgram(run.machine.platform, name, run.env);
    if (path !== null) return path;
  }
  return null;
};

export const runScript = async (run: JobRun, action: ScriptJob): Promise<ActionOutcome> => {
  const program = findInterpreter(run, action);
  if (program === null) return failed('unsupported', `this host has no ${action.interpreter}`);
  const started = startScript(run.machine.platform, program, action, run.workDirectory);
  if (!started.ok) return failed('unsupported', started.message);
  const { files, argv, verbatim } = started.start;
  const reports = join(run.workDirectory, REPORT_FOLDER);
  await prepareFolder(run, files, [reports]);
  run.progress('running', null, null);
  const env = { ...run.env, DEPLOYX_REPORT_DIR: reports };
  const marker = markerOf(run.job.target_id);
  const outcome = await runOpenly(run, { argv, verbatim, cwd: run.workDirectory, env, marker });
  await handOverReport(run, reports);
  return outcome;
};
