/** Tokens that let agents join a team. Hashed at rest; a deleted token is gone. */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { EnrollmentTokenId, GroupId, TeamId } from '#protocol/ids.ts';
import type { Labels } from '#protocol/text.ts';

export const enrollmentTokens = sqliteTable(
  'enrollment_tokens',
  {
    id: text().$type<EnrollmentTokenId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    name: text().notNull(),
    token_hash: text().notNull().unique(),
    expires_at: text().notNull(),
    /** Null for as many as come. */
    max_uses: integer(),
    uses: integer().notNull().default(0),
    labels: text({ mode: 'json' }).$type<Labels>().notNull(),
    group_ids: text({ mode: 'json' }).$type<GroupId[]>().notNull(),
    created_at: text().notNull(),
  },
  (table) => [index('enrollment_tokens_by_team').on(table.team_id, table.id)],
);
