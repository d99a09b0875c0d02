/**
 * Groups, their members, and the devices that a deployment's groups come out to. Selectors are evaluated in memory over one
 * read of the team's devices: one page of groups, or one deployment, needs that read once however many selectors it has.
 */
import { and, count, desc, eq, inArray, not, sql } from 'drizzle-orm';
import { matches, parseSelector } from '#domain/group/selector.ts';
import { assertInvariant } from '#protocol/assert.ts';
import type { Group } from '#protocol/http/groups.ts';
import type { DeviceId, GroupId, TeamId } from '#protocol/ids.ts';
import { type Database, type Statement, statement } from './database.ts';
import {
  type LabeledDevice,
  listLabeledDevices,
  selectTargetDevices,
  type TargetDevice,
} from './devices.repository.ts';
import { groupMembers, groups } from './groups.tables.ts';
import { inIds } from './hosts.repository.ts';
import { devices } from './hosts.tables.ts';
import { after, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';
import { scheduleNeeds, schedulesThatNeed, type Use } from './schedule-uses.ts';

export type GroupRow = Omit<Group, 'device_count'>;

const columns = {
  id: groups.id,
  name: groups.name,
  description: groups.description,
  selector: groups.selector,
  created_at: groups.created_at,
};

/** Those devices that a stored selector picks. */
export const selectBy = (selector: string, team: LabeledDevice[]): DeviceId[] => {
  const parsed = parseSelector(selector);
  assertInvariant(parsed.ok, 'a stored selector parses');
  return team.filter((device) => matches(parsed.selector, device)).map(({ id }) => id);
};

const countMembers = async (db: Database, teamId: TeamId, ids: GroupId[]): Promise<Map<GroupId, number>> => {
  const rows = await db
    .select({ group_id: groupMembers.group_id, total: count() })
    .from(groupMembers)
    .innerJoin(devices, and(eq(devices.id, groupMembers.device_id), eq(devices.attached, true)))
    .where(and(eq(groupMembers.team_id, teamId), inIds(groupMembers.group_id, ids)))
    .groupBy(groupMembers.group_id);
  return new Map(rows.map(({ group_id, total }) => [group_id, total]));
};

/** Two more reads at most, whatever the number of groups. */
const withCounts = async (db: Database, teamId: TeamId, rows: GroupRow[]): Promise<Group[]> => {
  const byHand = rows.filter(({ selector }) => selector === null).map(({ id }) => id);
  const counts = byHand.length === 0 ? new Map<GroupId, number>() : await countMembers(db, teamId, byHand);
  const team = byHand.length === rows.length ? [] : await listLabeledDevices(db, teamId);
  return rows.map((row) => {
    const device_count = row.selector === null ? (counts.get(row.id) ?? 0) : selectBy(row.selector, team).length;
    return { ...row, device_count };
  });
};

export const listGroups = async (db: Database, teamId: TeamId, page: PageRequest): Promise<Page<Group>> => {
  const rows = await db
    .select(columns)
    .from(groups)
    .where(and(eq(groups.team_id, teamId), after(groups.id, page)))
    .orderBy(desc(groups.id))
    .limit(limitOf(page));
  const found = pageFrom(rows, page);
  return { ...found, items: await withCounts(db, teamId, found.items) };
};

export const findGroup = async (db: Database, teamId: TeamId, id: GroupId): Promise<Group | null> => {
  const rows = await db
    .select(columns)
    .from(groups)
    .where(and(eq(groups.team_id, teamId), eq(groups.id, id)));
  const [group] = await withCounts(db, teamId, rows);
  return group ?? null;
};

export const groupNameTaken = async (db: Database, teamId: TeamId, name: string): Promise<GroupId | null> => {
  const [row] = await db
    .select({ id: groups.id })
    .from(groups)
    .where(and(eq(groups.team_id, teamId), eq(groups.name, name)));
  return row?.id ?? null;
};

export const insertGroup = (db: Database, teamId: TeamId, group: GroupRow) =>
  db.insert(groups).values({ ...group, team_id: teamId });

export type GroupEdit = { name: string; description: string | null; selector: string | null };

export const updateGroup = (db: Database, teamId: TeamId, id: GroupId, edit: GroupEdit) =>
  db
    .update(groups)
    .set(edit)
    .where(and(eq(groups.team_id, teamId), eq(groups.id, id)));

/** Only when no schedule that may fire again names it. False when it stays or was not there. */
export const deleteUnusedGroup = async (
  db: Database,
  teamId: TeamId,
  id: GroupId,
  alsoWrite: readonly Statement[],
): Promise<boolean> => {
  const unused = and(
    eq(groups.team_id, teamId),
    eq(groups.id, id),
    not(scheduleNeeds('group', groups.id, groups.team_id)),
  );
  const gone = db.select({ id: groups.id }).from(groups).where(unused);
  const [, deleted] = await db.batch([
    db.delete(groupMembers).where(and(eq(groupMembers.team_id, teamId), inArray(groupMembers.group_id, gone))),
    db.delete(groups).where(unused).returning({ id: groups.id }),
    ...alsoWrite,
  ]);
  return deleted.length > 0;
};

/** The first few schedules that keep it from being deleted. */
export const listGroupUses = (db: Database, teamId: TeamId, id: GroupId, limit: number): Promise<Use[]> =>
  schedulesThatNeed(db, teamId, 'group', id).limit(limit);

/** Only devices of the team become members, whatever ids come. */
export const addMembers = (db: Database, teamId: TeamId, id: GroupId, deviceIds: DeviceId[]) =>
  statement(
    db,
    sql`insert or ignore into group_members (group_id, device_id, team_id)
    select ${id}, id, team_id from devices
    where team_id = ${teamId} and ${inIds(sql`id`, deviceIds)}`,
  );

export const removeMembers = (db: Database, teamId: TeamId, id: GroupId, deviceIds: DeviceId[]) =>
  db
    .delete(groupMembers)
    .where(
      and(eq(groupMembers.team_id, teamId), eq(groupMembers.group_id, id), inIds(groupMembers.device_id, deviceIds)),
    );

/** Those of `ids` that are not groups of the team, and those that are filled by a selector. */
export const checkGroups = async (
  db: Database,
  teamId: TeamId,
  ids: GroupId[],
): Promise<{ unknown: GroupId[]; bySelector: GroupId[] }> => {
  const rows = ids.length === 0 ? [] : await selectSelectors(db, teamId, ids);
  const found = new Map(rows.map(({ id, selector }) => [id, selector]));
  return {
    unknown: ids.filter((id) => !found.has(id)),
    bySelector: ids.filter((id) => typeof found.get(id) === 'string'),
  };
};

const selectSelectors = (db: Database, teamId: TeamId, ids: GroupId[]) =>
  db
    .select({ id: groups.id, selector: groups.selector })
    .from(groups)
    .where(and(eq(groups.team_id, teamId), inIds(groups.id, ids)));

const membersOf = async (db: Database, teamId: TeamId, id: GroupId): Promise<DeviceId[]> => {
  const rows = await db
    .selectDistinct({ device_id: groupMembers.device_id })
    .from(groupMembers)
    .where(and(eq(groupMembers.team_id, teamId), eq(groupMembers.group_id, id)));
  return rows.map(({ device_id }) => device_id);
};

/** Ids of the devices in a group now; null when the team has no such group. */
export const listGroupDeviceIds = async (db: Database, teamId: TeamId, id: GroupId): Promise<DeviceId[] | null> => {
  const [group] = await selectSelectors(db, teamId, [id]);
  if (group === undefined) return null;
  return group.selector === null
    ? membersOf(db, teamId, id)
    : selectBy(group.selector, await listLabeledDevices(db, teamId));
};

export type ResolvedTargets = {
  /** Each once, in the order of their ids. */
  devices: TargetDevice[];
  unknown_device_ids: DeviceId[];
  unknown_group_ids: GroupId[];
};

/** The devices that are named, and the members of groups without a selector. */
const namedOrMember = (teamId: TeamId, deviceIds: DeviceId[], groupIds: GroupId[]) =>
  sql`${devices.id} in (select value from json_each(${JSON.stringify(deviceIds)}) union
    select ${groupMembers.device_id} from ${groupMembers} join ${groups} on ${groups.id} = ${groupMembers.group_id}
    where ${groups.team_id} = ${teamId} and ${groups.selector} is null and ${inIds(groups.id, groupIds)})`;

type Candidates = { found: { id: GroupId; selector: string | null }[]; listed: TargetDevice[] };

/** Groups and devices in one call: on one machine each call of D1 is a sync of the disk. */
const candidates = async (
  db: Database,
  teamId: TeamId,
  deviceIds: DeviceId[],
  groupIds: GroupId[],
): Promise<Candidates> => {
  if (groupIds.length === 0)
    return { found: [], listed: await selectTargetDevices(db, teamId, inIds(devices.id, deviceIds)) };
  const [found, listed] = await db.batch([
    selectSelectors(db, teamId, groupIds),
    selectTargetDevices(db, teamId, namedOrMember(teamId, deviceIds, groupIds)),
  ]);
  return { found, listed };
};

/** With selectors all devices of the team are read, once. */
const withSelected = async (
  db: Database,
  teamId: TeamId,
  listed: TargetDevice[],
  selectors: string[],
): Promise<TargetDevice[]> => {
  if (selectors.length === 0) return listed;
  const team = await listLabeledDevices(db, teamId);
  const wanted = new Set([...listed.map(({ id }) => id), ...selectors.flatMap((selector) => selectBy(selector, team))]);
  return team
    .filter(({ id }) => wanted.has(id))
    .map(({ id, key, name, host_id, host_name }) => ({ id, key, name, host_id, host_name }));
};

/** What a spec's devices and groups come out to now. A device that is not attached counts as unknown if it was named itself. */
export const resolveTargets = async (
  db: Database,
  teamId: TeamId,
  deviceIds: DeviceId[],
  groupIds: GroupId[],
): Promise<ResolvedTargets> => {
  const { found, listed } = await candidates(db, teamId, deviceIds, groupIds);
  const selectors = found.flatMap(({ selector }) => selector ?? []);
  const targets = await withSelected(db, teamId, listed, selectors);
  const known = new Set<string>([...targets, ...found].map(({ id }) => id));
  return {
    devices: targets.sort((left, right) => (left.id < right.id ? -1 : 1)),
    unknown_device_ids: deviceIds.filter((id) => !known.has(id)),
    unknown_group_ids: groupIds.filter((id) => !known.has(id)),
  };
};

/** Those of `ids` that are not devices of the team. */
export const unknownDevices = async (db: Database, teamId: TeamId, ids: DeviceId[]): Promise<DeviceId[]> => {
  if (ids.length === 0) return [];
  const rows = await db
    .select({ id: devices.id })
    .from(devices)
    .where(and(eq(devices.team_id, teamId), inIds(devices.id, ids)));
  const known = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
};
