/**
 * The script library. A script's text is in its versions, which never change: each change of interpreter or content makes the next.
 * Deployments keep a copy of the version that they run, so that changing a script changes no history.
 */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { ScriptId, TeamId } from '#protocol/ids.ts';
import type { Interpreter } from '#protocol/script.ts';

export const scripts = sqliteTable(
  'scripts',
  {
    id: text().$type<ScriptId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    name: text().notNull(),
    description: text(),
    /** Of the newest version, so that a list reads no texts. */
    interpreter: text().$type<Interpreter>().notNull(),
    /** The newest one. */
    version: integer().notNull(),
    created_at: text().notNull(),
    updated_at: text().notNull(),
    /** A user name. */
    updated_by: text(),
  },
  (table) => [
    index('scripts_by_team').on(table.team_id, table.id),
    uniqueIndex('scripts_by_name').on(table.team_id, table.name),
  ],
);

export const scriptVersions = sqliteTable(
  'script_versions',
  {
    script_id: text().$type<ScriptId>().notNull(),
    version: integer().notNull(),
    interpreter: text().$type<Interpreter>().notNull(),
    content: text().notNull(),
    created_at: text().notNull(),
    created_by: text(),
  },
  (table) => [primaryKey({ columns: [table.script_id, table.version] })],
);
