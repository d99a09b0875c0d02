/**
 * Changes to folders that may belong to another user. As that user they are made by programs that run as them: made by
 * root, each of them could be led astray by a link that the user puts in its way.
 */
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import type { JobRun } from '../job-run.ts';
import type { Vector } from '../process/as-user.ts';
import { describeExit, runTool, succeeded } from '../process/tool.ts';

export type FolderTools = {
  make: (folder: string) => Promise<void>;
  /** `name` lies in the job's folder. */
  copyIn: (name: string, to: string) => Promise<void>;
  move: (from: string, to: string) => Promise<void>;
  remove: (path: string) => Promise<void>;
};

const ownTools = (run: JobRun): FolderTools => ({
  make: async (folder) => {
    await mkdir(folder, { mode: 0o755 });
  },
  copyIn: (name, to) => copyFile(`${run.workDirectory}/${name}`, to),
  move: rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
});

export class FolderError extends Error {}

/** The end of a job must not keep it from tidying up. */
const unending = new AbortController().signal;

const userTools = (run: JobRun): FolderTools => {
  const perform = async (argv: Vector): Promise<void> => {
    const result = await runTool({ ...run, signal: unending }, argv, { visible: false, asUser: true });
    if (!succeeded(result)) throw new FolderError(result.tail.trim() || describeExit(argv[0], result.exit));
  };
  return {
    make: (folder) => perform(['mkdir', '--mode=755', '--', folder]),
    copyIn: (name, to) => perform(['cp', '--', `./${name}`, to]),
    move: (from, to) => perform(['mv', '--no-target-directory', '--', from, to]),
    remove: (path) => perform(['rm', '-rf', '--', path]),
  };
};

export const folderTools = (run: JobRun): FolderTools => (run.user === null ? ownTools(run) : userTools(run));
