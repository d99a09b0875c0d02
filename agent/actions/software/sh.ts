/** A script that installs: run in the job's folder with the package's arguments, by the interpreter that it names or by sh. */
import { chmod, chown, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { describeExit, exitCodeOf, runTool, succeeded } from '../process/tool.ts';
import { type Adapter, downloadPackage, type PackageJob, untracked } from './adapter.ts';

const SCRIPT_NAME = 'install.sh';

/** The kernel reads no more than this of the first line either. */
const MAX_FIRST_LINE_BYTES = 256;

/** The words of a first line `#! interpreter [argument]`; the rest of the line is one argument, as the kernel takes it. */
export const interpreterOf = (start: string): [string] | [string, string] | null => {
  const match = /^#![ \t]*(\/[^\s]*)(?:[ \t]+([^\r\n]*?))?[ \t]*\r?\n/.exec(`${start}\n`);
  if (match?.[1] === undefined) return null;
  return match[2] ? [match[1], match[2]] : [match[1]];
};

/** Named with `./`, so that no interpreter takes it for an option or looks for it elsewhere. */
export const scriptVector = (start: string, args: readonly string[]): Vector => [
  ...(interpreterOf(start) ?? (['sh'] as const)),
  `./${SCRIPT_NAME}`,
  ...args,
];

const readStart = async (path: string): Promise<string> => {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_FIRST_LINE_BYTES), 0, MAX_FIRST_LINE_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
};

const prepare = async (run: JobRun, download: string): Promise<string> => {
  const path = join(run.workDirectory, SCRIPT_NAME);
  await rename(download, path);
  await chmod(path, 0o755);
  if (run.user !== null) {
    await chown(path, run.user.uid, run.user.gid);
    await chown(run.workDirectory, run.user.uid, run.user.gid);
  }
  return path;
};

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const download = await downloadPackage(run, action);
  if (!download.ok) return download.outcome;
  const script = await prepare(run, download.path);
  run.progress('installing', null, null);
  const result = await runTool(run, scriptVector(await readStart(script), action.install_args), {
    visible: true,
    asUser: true,
  });
  if (succeeded(result)) return completed(`the installer of ${action.name} exited with code 0`, { exitCode: 0 });
  if (result.exit.type === 'aborted') return aborted(run, { details: result.tail });
  const message = describeExit(`the installer of ${action.name}`, result.exit);
  return failed(result.exit.type === 'not_started' ? 'unsupported' : 'install_failed', message, {
    exitCode: exitCodeOf(result),
    details: result.tail,
  });
};

const uninstall = async (_run: JobRun, action: PackageJob): Promise<ActionOutcome> =>
  failed('unsupported', `${action.name} was installed by a script; only an uninstall_command could remove it`);

export const sh: Adapter = {
  host: { platforms: ['linux', 'macos'], programs: ['sh'] },
  install,
  uninstall,
  ...untracked,
  pinProblem: () => null,
};
