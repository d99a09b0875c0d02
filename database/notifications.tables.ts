/** What people were told although they did not ask. Rows go after a while: see `worker/scheduled.ts`. */
import { sql } from 'drizzle-orm';
import { index, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { NotificationKind } from '#protocol/http/notifications.ts';
import type { NotificationId, TeamId, UserId } from '#protocol/ids.ts';

export const notifications = sqliteTable(
  'notifications',
  {
    id: text().$type<NotificationId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    user_id: text().$type<UserId>().notNull(),
    kind: text().$type<NotificationKind>().notNull(),
    title: text().notNull(),
    text: text().notNull(),
    link: text(),
    /** What it is about, so that one thing is told once, whatever is repeated. */
    cause: text().notNull(),
    created_at: text().notNull(),
    read_at: text(),
  },
  (table) => [
    uniqueIndex('notifications_by_cause').on(table.user_id, table.cause),
    index('notifications_by_user').on(table.team_id, table.user_id, table.id),
    index('notifications_unread').on(table.team_id, table.user_id, table.id).where(sql`read_at IS NULL`),
    index('notifications_by_age').on(table.created_at),
  ],
);
