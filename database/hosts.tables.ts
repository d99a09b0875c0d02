/**
 * Hosts and their devices. `online` and `last_seen_at` are projections that the TeamObject writes for the time when it cannot
 * be asked; who is online now, and every lock, is read from it.
 */
import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Capabilities } from '#protocol/agent/to-server.ts';
import type { DeviceId, HostId, TeamId } from '#protocol/ids.ts';
import type { Labels } from '#protocol/text.ts';

export const hosts = sqliteTable(
  'hosts',
  {
    id: text().$type<HostId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    name: text().notNull(),
    machine_id: text().notNull(),
    public_key: text().notNull(),
    os: text().notNull(),
    arch: text().notNull(),
    platform: text().notNull(),
    agent_version: text(),
    hostname: text().notNull(),
    cpus: integer().notNull(),
    memory_bytes: integer().notNull(),
    /** As the agent reported them; null before it ever connected. */
    capabilities: text({ mode: 'json' }).$type<Capabilities>(),
    labels: text({ mode: 'json' }).$type<Labels>().notNull(),
    online: integer({ mode: 'boolean' }).notNull().default(false),
    last_seen_at: text(),
    created_at: text().notNull(),
    /** Set instead of deleting the row, so that a revoked agent can be told that it is revoked. */
    revoked_at: text(),
  },
  (table) => [
    index('hosts_by_team').on(table.team_id, table.id),
    // A machine enrolls once with one key; after a revocation it may join again as a new host.
    uniqueIndex('hosts_by_machine')
      .on(table.team_id, table.machine_id, table.public_key)
      .where(sql`revoked_at is null`),
  ],
);

export const devices = sqliteTable(
  'devices',
  {
    id: text().$type<DeviceId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    host_id: text().$type<HostId>().notNull(),
    /** `self` for the host itself. */
    key: text().notNull(),
    /** As the agent reports it. */
    name: text().notNull(),
    /** As a person named it; wins over `name`. */
    custom_name: text(),
    kind: text().notNull(),
    /** As the agent reports them. */
    labels: text({ mode: 'json' }).$type<Labels>().notNull(),
    /** As a person set them; they replace `labels`. */
    custom_labels: text({ mode: 'json' }).$type<Labels>(),
    /** False when the agent no longer reports it; it keeps its id, name and groups for when it is back. */
    attached: integer({ mode: 'boolean' }).notNull().default(true),
    created_at: text().notNull(),
  },
  (table) => [
    uniqueIndex('devices_by_host').on(table.host_id, table.key),
    index('devices_by_team').on(table.team_id, table.id),
  ],
);
