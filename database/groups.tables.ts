/** Named sets of devices: by hand (rows in `group_members`) or by a label selector, evaluated when it is used. */
import { index, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { DeviceId, GroupId, TeamId } from '#protocol/ids.ts';

export const groups = sqliteTable(
  'groups',
  {
    id: text().$type<GroupId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    name: text().notNull(),
    description: text(),
    /** Null for a group whose members are chosen by hand. */
    selector: text(),
    created_at: text().notNull(),
  },
  (table) => [
    index('groups_by_team').on(table.team_id, table.id),
    uniqueIndex('groups_by_name').on(table.team_id, table.name),
  ],
);

export const groupMembers = sqliteTable(
  'group_members',
  {
    group_id: text().$type<GroupId>().notNull(),
    device_id: text().$type<DeviceId>().notNull(),
    team_id: text().$type<TeamId>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.group_id, table.device_id] }),
    index('group_members_by_device').on(table.device_id),
  ],
);
