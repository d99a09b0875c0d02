/** Where a file goes: the path itself, or the folder that it names. */
import { stat } from 'node:fs/promises';
import type { FilesJob } from '#protocol/agent/job.ts';
import { allowedPath, type PathDecision } from '../../policy/allowed-path.ts';
import { fileNameProblem, joinPath } from '../../policy/paths.ts';
import type { JobRun } from '../job-run.ts';

const isFolder = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ?? false;
};

/** The real path to write to, under an allowed root. */
export const decideDestination = async (run: JobRun, action: FilesJob): Promise<PathDecision> => {
  const { platform } = run.machine;
  const problem = fileNameProblem(platform, action.file.filename);
  if (problem !== null) return { allowed: false, message: problem };
  const intoFolder = action.into_directory || (await isFolder(action.destination));
  const wanted = intoFolder ? joinPath(platform, action.destination, action.file.filename) : action.destination;
  return allowedPath(platform, run.policy.allow_roots, wanted);
};
