/** The action `undo`: takes back what the job of another target did here, from what was kept of it (UNDO1 to UNDO5). */
import type { UndoJob } from '#protocol/agent/job.ts';
import type { ActionOutcome } from '../action.ts';
import { exclusive } from '../exclusive.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, failed } from '../outcomes.ts';
import { undoFiles } from './undo-files.ts';
import { contentPath, readRecord } from './undo-record.ts';
import { undoSoftware } from './undo-software.ts';

const undoTarget = async (run: JobRun, { action }: UndoJob, targetId: string): Promise<ActionOutcome> => {
  const record = await readRecord(run.backupDirectory, targetId);
  if (record === null || record.kind !== action.kind)
    return failed(
      'nothing_to_undo',
      'this host keeps nothing of that job: it changed nothing here, or it is too long ago',
    );
  if (record.kind === 'files') return undoFiles(run, record, contentPath(run.backupDirectory, targetId));
  if (action.kind === 'software') return undoSoftware(run, action, record);
  return failed('internal', 'the record is of another kind');
};

export const runUndo = async (run: JobRun, action: UndoJob): Promise<ActionOutcome> => {
  const { undoes } = run.job;
  if (undoes === null) return failed('nothing_to_undo', 'the job does not name what it undoes');
  const undone = await exclusive(`undo ${undoes}`, run.signal, () => undoTarget(run, action, undoes));
  return undone ?? aborted(run);
};
