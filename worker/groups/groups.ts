/** Makes and changes groups. A group is filled by hand or by a selector, and stays what it was made as. */
import type { z } from 'zod';
import {
  addMembers,
  deleteUnusedGroup,
  findGroup,
  groupNameTaken,
  insertGroup,
  listGroupUses,
  removeMembers,
  unknownDevices,
  updateGroup,
} from '#database/groups.repository.ts';
import { parseSelector } from '#domain/group/selector.ts';
import type { CreateGroup, Group, UpdateGroup } from '#protocol/http/groups.ts';
import { type DeviceId, type GroupId, newId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { conflict, impossible, invalid, namedUses, notFound, type Refusal } from '../http/problem.ts';

/** As many as fit into one sentence. */
const NAMED_USES = 3;

const refuseSelector = (selector: string | null | undefined): Refusal | null => {
  const parsed = selector === null || selector === undefined ? null : parseSelector(selector);
  return parsed === null || parsed.ok ? null : invalid([{ path: 'selector', message: parsed.message }]);
};

const refuseName = async ({ db, team_id }: PersonContext, name: string | undefined, own: GroupId | null) => {
  const taken = name === undefined ? null : await groupNameTaken(db, team_id, name);
  return taken === null || taken === own ? null : conflict('groups.name_taken', 'A group has this name already.');
};

const refuseDevices = async ({ db, team_id }: PersonContext, ids: DeviceId[]): Promise<Refusal | null> => {
  const [missing] = await unknownDevices(db, team_id, ids);
  return missing === undefined
    ? null
    : impossible('groups.unknown_device', 'device_ids', `there is no device ${missing}`);
};

const reload = async ({ db, team_id }: PersonContext, id: GroupId): Promise<Group | Refusal> =>
  (await findGroup(db, team_id, id)) ?? notFound('groups');

export const addGroup = async (
  context: PersonContext,
  { device_ids, ...fields }: z.output<typeof CreateGroup>,
): Promise<Group | Refusal> => {
  const { db, ids, now, team_id, audit } = context;
  const refused =
    refuseSelector(fields.selector) ??
    (await refuseDevices(context, device_ids)) ??
    (await refuseName(context, fields.name, null));
  if (refused !== null) return refused;
  const group = { ...fields, id: newId('grp', ids), created_at: now.toISOString() };
  await db.batch([
    insertGroup(db, team_id, group),
    addMembers(db, team_id, group.id, device_ids),
    audit('groups.create', group.id, { name: group.name, selector: group.selector, devices: device_ids.length }),
  ]);
  return reload(context, group.id);
};

export const changeGroup = async (
  context: PersonContext,
  id: GroupId,
  edit: z.output<typeof UpdateGroup>,
): Promise<Group | Refusal> => {
  const { db, team_id, audit } = context;
  const group = await findGroup(db, team_id, id);
  if (group === null) return notFound('groups');
  if (edit.selector !== undefined && group.selector === null)
    return conflict('groups.by_hand', 'The devices of this group are chosen by hand.');
  const refused = refuseSelector(edit.selector) ?? (await refuseName(context, edit.name, id));
  if (refused !== null) return refused;
  const { name = group.name, description = group.description, selector = group.selector } = edit;
  await db.batch([updateGroup(db, team_id, id, { name, description, selector }), audit('groups.update', id, edit)]);
  return reload(context, id);
};

export const removeGroup = async (
  { db, team_id, auditIfChanged }: PersonContext,
  id: GroupId,
): Promise<Refusal | undefined> => {
  const group = await findGroup(db, team_id, id);
  if (group === null) return notFound('groups');
  const entry = auditIfChanged('groups.delete', id, { name: group.name });
  if (await deleteUnusedGroup(db, team_id, id, [entry])) return undefined;
  const uses = await listGroupUses(db, team_id, id, NAMED_USES);
  if (uses.length === 0) return notFound('groups');
  return conflict('groups.in_use', `The group is in use by ${namedUses(uses)}.`);
};

export const changeMembers = async (
  context: PersonContext,
  id: GroupId,
  change: 'add' | 'remove',
  deviceIds: DeviceId[],
): Promise<Group | Refusal> => {
  const { db, team_id, audit } = context;
  const group = await findGroup(db, team_id, id);
  if (group === null) return notFound('groups');
  if (group.selector !== null)
    return conflict('groups.by_selector', 'The devices of this group come from its selector.');
  const refused = change === 'add' ? await refuseDevices(context, deviceIds) : null;
  if (refused !== null) return refused;
  const statement =
    change === 'add' ? addMembers(db, team_id, id, deviceIds) : removeMembers(db, team_id, id, deviceIds);
  await db.batch([statement, audit(`groups.${change}_members`, id, { devices: deviceIds.length })]);
  return reload(context, id);
};
