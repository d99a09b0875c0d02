/** The action `software`: one package, installed or removed by the adapter of its type. */
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { PackageName, PackageVersion } from '#protocol/software.ts';
import type { ActionOutcome } from '../action.ts';
import { runShell } from '../command.ts';
import type { JobRun } from '../job-run.ts';
import { failed } from '../outcomes.ts';
import type { Adapter } from './adapter.ts';
import { adapters } from './adapters.ts';

/** Checked here as well: what these strings become part of runs as root. */
const textProblem = (action: SoftwareJob): string | null => {
  if (!PackageName.safeParse(action.name).success)
    return `the package name ${JSON.stringify(action.name)} is not valid`;
  if (action.version !== null && !PackageVersion.safeParse(action.version).success)
    return `the version ${JSON.stringify(action.version)} is not valid`;
  return action.install_args.some((arg) => arg.includes('\0')) ? 'an argument contains NUL' : null;
};

const uninstallByCommand = (run: JobRun, command: string): Promise<ActionOutcome> => {
  run.progress('installing', null, null);
  return runShell(run, { command, shell: 'sh', working_directory: null });
};

const perform = (run: JobRun, action: SoftwareJob, adapter: Adapter): Promise<ActionOutcome> => {
  if (action.operation === 'install') return adapter.install(run, action);
  // Whoever wrote a command to remove the package knows better than the package manager.
  if (action.uninstall_command !== null) return uninstallByCommand(run, action.uninstall_command);
  return adapter.uninstall(run, action);
};

export const runSoftware = async (run: JobRun, action: SoftwareJob): Promise<ActionOutcome> => {
  const problem = textProblem(action);
  if (problem !== null) return failed('unsupported', problem);
  const adapter = adapters[action.package_type];
  if (adapter === undefined || run.machine.platform === 'windows')
    return failed('unsupported', `${action.package_type} packages are not supported by this agent`);
  return perform(run, action, adapter);
};
