/** Reads and writes the file rules of teams. */
import { eq } from 'drizzle-orm';
import { type FileRules, NO_FILE_RULES, type UpdateFileRules } from '#protocol/http/file-rules.ts';
import type { TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { teamFileRules } from './file-rules.tables.ts';

const columns = {
  allowed_extensions: teamFileRules.allowed_extensions,
  refused_extensions: teamFileRules.refused_extensions,
  max_file_bytes: teamFileRules.max_file_bytes,
  unused_files_expire_after_days: teamFileRules.unused_files_expire_after_days,
};

export const findFileRules = async (db: Database, teamId: TeamId): Promise<FileRules> =>
  (await db.select(columns).from(teamFileRules).where(eq(teamFileRules.team_id, teamId)).get()) ?? NO_FILE_RULES;

/** A statement that returns the rules as they are then. Only what is given changes, so that two changes at once both hold. */
export const updateFileRules = (db: Database, teamId: TeamId, given: UpdateFileRules) =>
  db
    .insert(teamFileRules)
    .values({
      team_id: teamId,
      allowed_extensions: given.allowed_extensions ?? null,
      refused_extensions: given.refused_extensions ?? [],
      max_file_bytes: given.max_file_bytes ?? null,
      unused_files_expire_after_days: given.unused_files_expire_after_days ?? null,
    })
    .onConflictDoUpdate({ target: teamFileRules.team_id, set: given })
    .returning(columns);
