/** Every change by a person, a token or an enrolling agent. Append-only: nothing updates or deletes rows here. */
import { index, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { AuditId, TeamId } from '#protocol/ids.ts';

export const auditEntries = sqliteTable(
  'audit_entries',
  {
    id: text().$type<AuditId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    at: text().notNull(),
    actor: text().notNull(),
    action: text().notNull(),
    subject_id: text(),
    address: text(),
    details: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index('audit_entries_by_team').on(table.team_id, table.id),
    index('audit_entries_by_actor').on(table.team_id, table.actor, table.id),
    index('audit_entries_by_action').on(table.team_id, table.action, table.id),
  ],
);
