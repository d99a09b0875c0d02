/** What each team lets in as a file, and how long it keeps one that nothing uses. A team without a row has no rules. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { TeamId } from '#protocol/ids.ts';

export const teamFileRules = sqliteTable('team_file_rules', {
  team_id: text().$type<TeamId>().primaryKey(),
  /** Null allows all. */
  allowed_extensions: text({ mode: 'json' }).$type<string[]>(),
  refused_extensions: text({ mode: 'json' }).$type<string[]>().notNull(),
  max_file_bytes: integer(),
  /** Null keeps all. */
  unused_files_expire_after_days: integer(),
});
