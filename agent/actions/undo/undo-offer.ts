/** UNDO4: what taking a job back would do on this device, in words for the person who is asked. */
import type { Job, SoftwareJob } from '#protocol/agent/job.ts';
import type { UndoOffer } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import { MAX_MESSAGE_CHARACTERS } from '#protocol/limits.ts';
import { shownBytes } from './shown-bytes.ts';
import { type FilesRecord, readRecord, type SoftwareRecord } from './undo-record.ts';
import { planSoftwareUndo } from './undo-software.ts';

const clip = (text: string): string => text.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed();
const possible = (text: string): UndoOffer => ({ possible: true, text: clip(text) });
const impossible = (text: string): UndoOffer => ({ possible: false, text: clip(text) });

const ofFiles = ({ path, before }: FilesRecord): UndoOffer => {
  switch (before.type) {
    case 'absent':
      return possible(`removes ${path}, which was not there before`);
    case 'kept':
      return possible(`restores ${path} as it was (${shownBytes(before.facts.size)})`);
    case 'same':
      return possible(before.mode === null ? `changes nothing: ${path} was the same` : `gives ${path} its mode back`);
    case 'not_kept':
      return impossible(`no backup of ${path}: ${before.why}`);
    default:
      return assertNever(before);
  }
};

const ofSoftware = async (cache: string, action: SoftwareJob, record: SoftwareRecord): Promise<UndoOffer> => {
  const plan = await planSoftwareUndo(cache, action, record);
  switch (plan.type) {
    case 'nothing':
      return possible(`changes nothing: ${plan.why}`);
    case 'command':
      return possible(`runs the rollback command of ${record.name}`);
    case 'uninstall':
      return possible(`uninstalls ${record.name}`);
    case 'reinstall':
      return possible(`reinstalls ${record.name} ${plan.version}`);
    case 'impossible':
      return impossible(plan.why);
    default:
      return assertNever(plan);
  }
};

/** Null for what the agent cannot take back by itself: commands, scripts, and undos. */
export const offerUndo = async (
  { backups, cache }: { backups: string; cache: string },
  { action, target_id }: Pick<Job, 'action' | 'target_id'>,
): Promise<UndoOffer | null> => {
  if (action.kind !== 'files' && action.kind !== 'software') return null;
  const record = await readRecord(backups, target_id);
  if (record?.kind !== action.kind) return impossible('nothing was changed');
  if (record.kind === 'files') return ofFiles(record);
  return action.kind === 'software' ? ofSoftware(cache, action, record) : null;
};
