/**
 * Files that scripts left in their report folders. The bytes are R2 objects whose keys `reportPrefix` and the path make. Each attempt of
 * a target has its own; the newest that has any is shown.
 */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { TargetId, TeamId } from '#protocol/ids.ts';

export const reportFiles = sqliteTable(
  'report_files',
  {
    team_id: text().$type<TeamId>().notNull(),
    target_id: text().$type<TargetId>().notNull(),
    attempt: integer().notNull(),
    path: text().notNull(),
    size: integer().notNull(),
    created_at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.target_id, table.attempt, table.path] })],
);

/** What an attempt left and was not taken, in words. */
export const reportOmissions = sqliteTable(
  'report_omissions',
  {
    team_id: text().$type<TeamId>().notNull(),
    target_id: text().$type<TargetId>().notNull(),
    attempt: integer().notNull(),
    omitted: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.target_id, table.attempt] })],
);
