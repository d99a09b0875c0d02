/** People, teams, and the tokens that people and programs sign in with. Times are ISO 8601 text in UTC throughout the database. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { SessionId, TeamId, UserId } from '#protocol/ids.ts';
import type { Role } from '#protocol/states.ts';

export const users = sqliteTable('users', {
  id: text().$type<UserId>().primaryKey(),
  /** Lower case; unique over all teams. */
  username: text().notNull().unique(),
  /** `scrypt$N$r$p$salt$hash`: the parameters stay with the hash, so that they can be raised later. */
  password_hash: text().notNull(),
  created_at: text().notNull(),
});

export const teams = sqliteTable('teams', {
  id: text().$type<TeamId>().primaryKey(),
  name: text().notNull(),
  created_at: text().notNull(),
});

export const memberships = sqliteTable(
  'memberships',
  {
    team_id: text().$type<TeamId>().notNull(),
    user_id: text().$type<UserId>().notNull(),
    role: text().$type<Role>().notNull(),
    created_at: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.team_id, table.user_id] }),
    index('memberships_by_user').on(table.user_id, table.team_id),
  ],
);

/** Sessions and API tokens: opaque 32-byte secrets, of which only the SHA-256 is here. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: text().$type<SessionId>().primaryKey(),
    kind: text({ enum: ['session', 'api'] }).notNull(),
    token_hash: text().notNull().unique(),
    user_id: text().$type<UserId>().notNull(),
    team_id: text().$type<TeamId>().notNull(),
    /** Of an API token. */
    name: text(),
    /** The most that an API token may do, whatever its owner's role is. */
    role_cap: text().$type<Role>(),
    created_at: text().notNull(),
    /** Null for an API token without an end. */
    expires_at: text(),
  },
  (table) => [
    index('sessions_by_user').on(table.user_id, table.team_id),
    index('sessions_by_team').on(table.team_id, table.kind, table.id),
    index('sessions_by_end').on(table.expires_at),
  ],
);

/** Failed sign-ins (and enrollments) in the current window, by account or by address; `subject` names which. */
export const loginAttempts = sqliteTable('login_attempts', {
  subject: text().primaryKey(),
  failures: integer().notNull(),
  window_ends_at: text().notNull(),
});
