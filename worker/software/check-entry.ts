/** What a catalogue entry as a whole must hold, beyond the shape of its fields. */
import type { Database } from '#database/database.ts';
import { findFile } from '#database/files.repository.ts';
import type { Software } from '#protocol/http/software.ts';
import type { TeamId } from '#protocol/ids.ts';
import { packageSourceIssue, packageTypeOfFile } from '#protocol/software.ts';
import { invalid, type Refusal } from '../http/problem.ts';
import { fileUnknown, hashOfAnotherFile, typeUntold } from './software.errors.ts';

export const checkEntry = async (db: Database, teamId: TeamId, entry: Software): Promise<Refusal | null> => {
  const issue = packageSourceIssue(entry);
  if (issue !== null) return invalid([issue]);
  if (entry.file_id === null) return null;
  const file = await findFile(db, teamId, entry.file_id);
  if (file === undefined) return fileUnknown();
  if (entry.package_type === null && packageTypeOfFile(file.filename) === null) return typeUntold(file.filename);
  return entry.sha256 === null || entry.sha256 === file.sha256 ? null : hashOfAnotherFile(file.sha256);
};
