/**
 * The software catalogue. Entries have no unique name: one package may be there twice with other arguments or from another source,
 * and the id tells them apart. Deployments keep a copy of what they installed, so an entry may go when no live schedule names it.
 */
import { index, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { FileId, SoftwareId, TeamId } from '#protocol/ids.ts';
import type { PackageType } from '#protocol/software.ts';

export const software = sqliteTable(
  'software',
  {
    id: text().$type<SoftwareId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    name: text().notNull(),
    version: text(),
    /** Null: each machine takes its own. */
    package_type: text().$type<PackageType>(),
    file_id: text().$type<FileId>(),
    download_url: text(),
    sha256: text(),
    install_args: text({ mode: 'json' }).$type<string[]>().notNull(),
    uninstall_command: text(),
    rollback_command: text(),
    created_at: text().notNull(),
  },
  (table) => [index('software_by_team').on(table.team_id, table.id), index('software_by_file').on(table.file_id)],
);
