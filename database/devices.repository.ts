/** Devices as the API shows them: with the name and labels that a person gave, else what the agent reports. */
import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { DeviceId, HostId, TeamId } from '#protocol/ids.ts';
import type { Labels } from '#protocol/text.ts';
import type { Database } from './database.ts';
import { inIds, type StatusFilter, withStatus } from './hosts.repository.ts';
import { devices, hosts } from './hosts.tables.ts';
import { after, containing, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

export type DeviceRow = {
  id: DeviceId;
  host_id: HostId;
  key: string;
  name: string;
  kind: string;
  labels: Labels;
  host_online: boolean;
};

/** The host itself is called as its host is. */
export const deviceName = sql<string>`coalesce(${devices.custom_name}, iif(${devices.key} = 'self', ${hosts.name}, ${devices.name}))`;
const deviceLabels = sql<Labels>`coalesce(${devices.custom_labels}, ${devices.labels})`.mapWith(devices.labels);

const deviceColumns = {
  id: devices.id,
  host_id: devices.host_id,
  key: devices.key,
  name: deviceName.as('device_name'),
  kind: devices.kind,
  labels: deviceLabels.as('device_labels'),
  host_online: hosts.online,
};

const attachedTo = (teamId: TeamId) =>
  and(eq(devices.team_id, teamId), eq(devices.attached, true), isNull(hosts.revoked_at));

export type DeviceFilter = PageRequest & {
  host_id: HostId | undefined;
  /** Only these; null for all. */
  ids: DeviceId[] | null;
  status: StatusFilter | null;
  q: string | undefined;
};

const matchingText = (q: string): SQL =>
  sql`(${containing(devices.name, q)} or ${containing(devices.custom_name, q)} or ${containing(devices.kind, q)}
    or ${containing(hosts.name, q)} or ${devices.id} = ${q})`;

const selectDevices = (db: Database) =>
  db.select(deviceColumns).from(devices).innerJoin(hosts, eq(hosts.id, devices.host_id));

export const listDevices = async (db: Database, teamId: TeamId, filter: DeviceFilter): Promise<Page<DeviceRow>> => {
  const rows = await selectDevices(db)
    .where(
      and(
        attachedTo(teamId),
        filter.host_id === undefined ? undefined : eq(devices.host_id, filter.host_id),
        filter.ids === null ? undefined : inIds(devices.id, filter.ids),
        filter.status === null ? undefined : withStatus(filter.status),
        filter.q === undefined ? undefined : matchingText(filter.q),
        after(devices.id, filter),
      ),
    )
    .orderBy(desc(devices.id))
    .limit(limitOf(filter));
  return pageFrom(rows, filter);
};

/** Of all hosts of a page at once; `self` first. */
export const listDevicesOfHosts = async (db: Database, teamId: TeamId, hostIds: HostId[]): Promise<DeviceRow[]> =>
  selectDevices(db)
    .where(and(attachedTo(teamId), inIds(devices.host_id, hostIds)))
    .orderBy(sql`${devices.key} <> 'self'`, devices.key);

export const findDevice = async (db: Database, teamId: TeamId, id: DeviceId): Promise<DeviceRow | null> => {
  const [row] = await selectDevices(db).where(and(attachedTo(teamId), eq(devices.id, id)));
  return row ?? null;
};

export type DeviceEdit = { name?: string | undefined; labels?: Labels | undefined };

export const updateDevice = (db: Database, teamId: TeamId, id: DeviceId, edit: DeviceEdit) =>
  db
    .update(devices)
    .set({
      ...(edit.name === undefined ? {} : { custom_name: edit.name }),
      ...(edit.labels === undefined ? {} : { custom_labels: edit.labels }),
    })
    .where(and(eq(devices.team_id, teamId), eq(devices.id, id)));

/** A device as a deployment's target. */
export type TargetDevice = { id: DeviceId; key: string; name: string; host_id: HostId; host_name: string };

/** The same with what selectors look at. */
export type LabeledDevice = TargetDevice & {
  kind: string;
  labels: Labels | null;
  host_labels: Labels | null;
  os: string;
  arch: string;
};

const targetColumns = {
  id: devices.id,
  key: devices.key,
  name: deviceName.as('device_name'),
  host_id: devices.host_id,
  host_name: sql<string>`${hosts.name}`.as('host_name'),
};

/** Those that a condition on the id picks. */
export const selectTargetDevices = (db: Database, teamId: TeamId, picked: SQL) =>
  db
    .select(targetColumns)
    .from(devices)
    .innerJoin(hosts, eq(hosts.id, devices.host_id))
    .where(and(attachedTo(teamId), picked));

/** Most devices have no labels; null spares parsing ten thousand empty objects. */
const unlessEmpty = (labels: SQL | typeof hosts.labels) =>
  sql<Labels | null>`nullif(${labels}, '{}')`.mapWith(hosts.labels);

/** All devices of the team: selectors are evaluated over them. */
export const listLabeledDevices = async (
  db: Database,
  teamId: TeamId,
  hostId: HostId | null = null,
): Promise<LabeledDevice[]> =>
  db
    .select({
      ...targetColumns,
      kind: devices.kind,
      labels: unlessEmpty(sql`coalesce(${devices.custom_labels}, ${devices.labels})`).as('own_labels'),
      host_labels: unlessEmpty(hosts.labels).as('host_labels'),
      os: hosts.os,
      arch: hosts.arch,
    })
    .from(devices)
    .innerJoin(hosts, eq(hosts.id, devices.host_id))
    .where(and(attachedTo(teamId), hostId === null ? undefined : eq(devices.host_id, hostId)));
