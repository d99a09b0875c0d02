/**
 * Hosts and devices in D1. The API edits names and labels; everything that the agent reports comes through `projectHostState`,
 * and who is online through `projectPresence`. Revoked hosts are invisible to all but `findHostKey`.
 */
import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Capabilities, HostInfo } from '#protocol/agent/to-server.ts';
import type { DeviceId, HostId, TeamId } from '#protocol/ids.ts';
import type { HostStatus } from '#protocol/states.ts';
import type { Labels } from '#protocol/text.ts';
import { type Database, statement } from './database.ts';
import { devices, hosts } from './hosts.tables.ts';
import { after, containing, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

export type HostRow = {
  id: HostId;
  name: string;
  os: string;
  arch: string;
  platform: string;
  agent_version: string | null;
  labels: Labels;
  online: boolean;
  last_seen_at: string | null;
  created_at: string;
};

const hostColumns = {
  id: hosts.id,
  name: hosts.name,
  os: hosts.os,
  arch: hosts.arch,
  platform: hosts.platform,
  agent_version: hosts.agent_version,
  labels: hosts.labels,
  online: hosts.online,
  last_seen_at: hosts.last_seen_at,
  created_at: hosts.created_at,
};

/** `onlineIds` are the hosts online now; null when only the projection in `hosts.online` is known. */
export type StatusFilter = { status: HostStatus; onlineIds: HostId[] | null };

/** Any number of ids in one bound value. */
export const inIds = (column: SQL | SQLiteColumn, ids: readonly string[]): SQL =>
  sql`${column} in (select value from json_each(${JSON.stringify(ids)}))`;

export const withStatus = (filter: StatusFilter): SQL => {
  const online = filter.onlineIds === null ? sql`${hosts.online} = 1` : inIds(hosts.id, filter.onlineIds);
  return filter.status === 'online' ? online : sql`not (${online})`;
};

const withLabel = ({ key, value }: { key: string; value: string | null }): SQL =>
  sql`exists (select 1 from json_each(${hosts.labels}) as label
    where label.key = ${key} and (${value} is null or label.value = ${value}))`;

export type HostFilter = PageRequest & {
  status: StatusFilter | null;
  q: string | undefined;
  label: { key: string; value: string | null } | null;
};

const ofTeam = (teamId: TeamId) => and(eq(hosts.team_id, teamId), isNull(hosts.revoked_at));

const matchingText = (q: string): SQL =>
  sql`(${containing(hosts.name, q)} or ${containing(hosts.hostname, q)} or ${containing(hosts.platform, q)} or ${hosts.id} = ${q})`;

export const listHosts = async (db: Database, teamId: TeamId, filter: HostFilter): Promise<Page<HostRow>> => {
  const rows = await db
    .select(hostColumns)
    .from(hosts)
    .where(
      and(
        ofTeam(teamId),
        filter.status === null ? undefined : withStatus(filter.status),
        filter.q === undefined ? undefined : matchingText(filter.q),
        filter.label === null ? undefined : withLabel(filter.label),
        after(hosts.id, filter),
      ),
    )
    .orderBy(desc(hosts.id))
    .limit(limitOf(filter));
  return pageFrom(rows, filter);
};

export const findHost = async (db: Database, teamId: TeamId, id: HostId): Promise<HostRow | null> => {
  const [row] = await db
    .select(hostColumns)
    .from(hosts)
    .where(and(ofTeam(teamId), eq(hosts.id, id)));
  return row ?? null;
};

export type HostEdit = { name?: string | undefined; labels?: Labels | undefined };

export const updateHost = (db: Database, teamId: TeamId, id: HostId, edit: HostEdit) =>
  db
    .update(hosts)
    .set({
      ...(edit.name === undefined ? {} : { name: edit.name }),
      ...(edit.labels === undefined ? {} : { labels: edit.labels }),
    })
    .where(and(ofTeam(teamId), eq(hosts.id, id)));

/** Revokes a host and forgets its devices; what deployments recorded of them stays with the deployments. */
export const revokeHost = (db: Database, teamId: TeamId, id: HostId, now: string) => {
  const ownDevices = sql`select ${devices.id} from ${devices} where ${devices.team_id} = ${teamId} and ${devices.host_id} = ${id}`;
  return [
    statement(db, sql`delete from group_members where team_id = ${teamId} and device_id in (${ownDevices})`),
    db.delete(devices).where(and(eq(devices.team_id, teamId), eq(devices.host_id, id))),
    db
      .update(hosts)
      .set({ revoked_at: now, online: false })
      .where(and(ofTeam(teamId), eq(hosts.id, id))),
  ] as const;
};

export type ProjectedDevice = {
  id: DeviceId;
  key: string;
  name: string;
  kind: string;
  labels: Labels;
  attached?: boolean;
};

export type HostProjection = {
  host_id: HostId;
  team_id: TeamId;
  info: HostInfo;
  agent_version: string;
  capabilities: Capabilities;
  devices: ProjectedDevice[];
};

const upsertDevices = (db: Database, state: HostProjection) => {
  const rows = state.devices.map(({ attached = true, ...device }) => ({ ...device, attached: attached ? 1 : 0 }));
  return statement(
    db,
    sql`
    insert into devices (id, team_id, host_id, key, name, kind, labels, attached, created_at)
    select value ->> 'id', ${state.team_id}, ${state.host_id}, value ->> 'key', value ->> 'name', value ->> 'kind',
      value -> 'labels', value ->> 'attached', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    from json_each(${JSON.stringify(rows)})
    where exists (select 1 from hosts where id = ${state.host_id} and team_id = ${state.team_id} and revoked_at is null)
    on conflict (host_id, key) do update set
      name = excluded.name, kind = excluded.kind, labels = excluded.labels, attached = excluded.attached`,
  );
};

/** What an agent said of its machine. Names and labels that a person set are in columns of their own and stay. */
export const projectHostState = async (db: Database, state: HostProjection): Promise<void> => {
  const { hostname, os, platform, arch, cpus, memory_bytes } = state.info;
  const keys = JSON.stringify(state.devices.map(({ key }) => key));
  await db.batch([
    db
      .update(hosts)
      .set({
        hostname,
        os,
        platform,
        arch,
        cpus,
        memory_bytes,
        agent_version: state.agent_version,
        capabilities: state.capabilities,
      })
      .where(and(ofTeam(state.team_id), eq(hosts.id, state.host_id))),
    upsertDevices(db, state),
    statement(
      db,
      sql`update devices set attached = 0 where host_id = ${state.host_id} and key <> 'self'
      and key not in (select value from json_each(${keys}))`,
    ),
  ]);
};

export type PresenceRow = { host_id: HostId; online: boolean; last_seen_at: string | null };

/** Many hosts in one statement: a restart of the server changes all of them at once. */
export const projectPresence = async (db: Database, presences: PresenceRow[]): Promise<void> => {
  if (presences.length === 0) return;
  const rows = presences.map((presence) => ({ ...presence, online: presence.online ? 1 : 0 }));
  await db.run(sql`
    update hosts set online = report.value ->> 'online',
      last_seen_at = coalesce(report.value ->> 'last_seen_at', last_seen_at)
    from json_each(${JSON.stringify(rows)}) as report
    where hosts.id = report.value ->> 'host_id'`);
};

/** Hosts of all teams that were online when the record was last brought up to date: the objects know better. */
export const listHostsRecordedOnline = async (db: Database): Promise<HostId[]> => {
  const rows = await db
    .select({ id: hosts.id })
    .from(hosts)
    .where(and(eq(hosts.online, true), isNull(hosts.revoked_at)));
  return rows.map(({ id }) => id);
};
