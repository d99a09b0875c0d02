/**
 * The transaction by which a host joins. Each statement acts only if the one before it did, and the first one only if the token
 * has a use left and the machine has not joined with this key: so of many agents at once exactly `max_uses` join.
 */
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { HostInfo } from '#protocol/agent/to-server.ts';
import type { AuditEntry } from '#protocol/http/audit.ts';
import type { DeviceId, HostId, TeamId } from '#protocol/ids.ts';
import { auditIfChanged } from './audit.repository.ts';
import { type Database, statement } from './database.ts';
import type { UsableToken } from './enrollment.repository.ts';
import { devices, hosts } from './hosts.tables.ts';

export type EnrolledHost = { host_id: HostId; device_id: DeviceId; team_id: TeamId; name: string };

export type MachineKey = { machine_id: string; public_key: string };

export const findEnrolledHost = async (
  db: Database,
  teamId: TeamId,
  { machine_id, public_key }: MachineKey,
): Promise<EnrolledHost | null> => {
  const [host] = await db
    .select({ host_id: hosts.id, device_id: devices.id, team_id: hosts.team_id, name: hosts.name })
    .from(hosts)
    .innerJoin(devices, and(eq(devices.host_id, hosts.id), eq(devices.key, 'self')))
    .where(
      and(
        eq(hosts.team_id, teamId),
        eq(hosts.machine_id, machine_id),
        eq(hosts.public_key, public_key),
        isNull(hosts.revoked_at),
      ),
    );
  return host ?? null;
};

export type NewHost = EnrolledHost & MachineKey & { info: HostInfo; now: string };

const takeUse = (db: Database, token: UsableToken, host: NewHost) =>
  statement(
    db,
    sql`update enrollment_tokens set uses = uses + 1
    where id = ${token.id} and expires_at > ${host.now} and (max_uses is null or uses < max_uses)
      and not exists (select 1 from hosts where team_id = ${token.team_id} and machine_id = ${host.machine_id}
        and public_key = ${host.public_key} and revoked_at is null)`,
  );

const insertHost = (db: Database, token: UsableToken, { info, ...host }: NewHost) =>
  statement(
    db,
    sql`insert into hosts (id, team_id, name, machine_id, public_key, os, arch, platform, hostname, cpus, memory_bytes,
      labels, online, created_at)
    select ${host.host_id}, ${token.team_id}, ${host.name}, ${host.machine_id}, ${host.public_key}, ${info.os}, ${info.arch},
      ${info.platform}, ${info.hostname}, ${info.cpus}, ${info.memory_bytes}, ${JSON.stringify(token.labels)}, 0, ${host.now}
    where changes() > 0`,
  );

const insertSelf = (db: Database, token: UsableToken, host: NewHost) =>
  statement(
    db,
    sql`insert into devices (id, team_id, host_id, key, name, kind, labels, attached, created_at)
    select ${host.device_id}, ${token.team_id}, ${host.host_id}, 'self', ${host.name}, 'host', '{}', 1, ${host.now}
    where changes() > 0`,
  );

/** Groups that were deleted since the token was made, or that a selector fills, are passed over. */
const joinGroups = (db: Database, token: UsableToken, host: NewHost) =>
  statement(
    db,
    sql`insert into group_members (group_id, device_id, team_id)
    select id, ${host.device_id}, team_id from groups
    where changes() > 0 and team_id = ${token.team_id} and selector is null
      and id in (select value from json_each(${JSON.stringify(token.group_ids)}))`,
  );

/** Makes the host, unless the token was used up meanwhile or the same agent was faster: whether it is there, a read tells. */
export const createEnrolledHost = async (
  db: Database,
  token: UsableToken,
  host: NewHost,
  entry: AuditEntry,
): Promise<void> => {
  await db.batch([
    takeUse(db, token, host),
    insertHost(db, token, host),
    insertSelf(db, token, host),
    auditIfChanged(db, token.team_id, entry),
    joinGroups(db, token, host),
  ]);
};
