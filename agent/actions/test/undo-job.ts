/** An undo of a job that ran in a test, in the same folders. */
import type { FilesJob, Job, SoftwareJob } from '#protocol/agent/job.ts';
import { type Made, type MakeOptions, makeRun } from './make-run.ts';

export const makeUndo = (
  action: FilesJob | SoftwareJob,
  undoes: Job['target_id'] | null,
  options: MakeOptions,
): Promise<Made> => makeRun({ kind: 'undo', action }, { ...options, job: { ...options.job, undoes } });
