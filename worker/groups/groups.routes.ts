import { z } from 'zod';
import { listDevices } from '#database/devices.repository.ts';
import { findGroup, listGroupDeviceIds, listGroups } from '#database/groups.repository.ts';
import { CreateGroup, Group, GroupMembers, UpdateGroup } from '#protocol/http/groups.ts';
import { Device } from '#protocol/http/hosts.ts';
import { PageQuery, pageOf } from '#protocol/http/page.ts';
import { GroupId } from '#protocol/ids.ts';
import { viewDevices } from '../hosts/host-view.ts';
import { atLeast } from '../http/access.ts';
import { notFound } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { addGroup, changeGroup, changeMembers, removeGroup } from './groups.ts';

const tag = 'groups';
const params = z.object({ group_id: GroupId });

const list = route(
  {
    method: 'get',
    path: '/groups',
    tag,
    summary: 'Groups, the newest first',
    access: atLeast('viewer'),
    query: PageQuery,
    answer: { status: 200, description: 'Groups', schema: pageOf(Group) },
  },
  async ({ db, team_id, query }) => listGroups(db, team_id, query),
);

const create = route(
  {
    method: 'post',
    path: '/groups',
    tag,
    summary: 'Make a group: of devices chosen by hand, or of what a label selector matches',
    access: atLeast('operator'),
    body: CreateGroup,
    answer: { status: 201, description: 'The group', schema: Group },
    creates: true,
  },
  async (context) => addGroup(context, context.body),
);

const get = route(
  {
    method: 'get',
    path: '/groups/{group_id}',
    tag,
    summary: 'One group',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The group', schema: Group },
  },
  async (context) => (await findGroup(context.db, context.team_id, context.params.group_id)) ?? notFound(tag),
);

const update = route(
  {
    method: 'patch',
    path: '/groups/{group_id}',
    tag,
    summary: 'Change the name, the description or the selector of a group',
    access: atLeast('operator'),
    params,
    body: UpdateGroup,
    answer: { status: 200, description: 'The group', schema: Group },
    refusals: [409, 422],
  },
  async (context) => changeGroup(context, context.params.group_id, context.body),
);

const remove = route(
  {
    method: 'delete',
    path: '/groups/{group_id}',
    tag,
    summary: 'Delete a group; its devices stay. Refused while a live schedule names it',
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'Deleted' },
    refusals: [409],
  },
  async (context) => removeGroup(context, context.params.group_id),
);

const addMembers = route(
  {
    method: 'post',
    path: '/groups/{group_id}/members',
    tag,
    summary: 'Put devices into a group; those in it already stay',
    access: atLeast('operator'),
    params,
    body: GroupMembers,
    answer: { status: 200, description: 'The group', schema: Group },
    refusals: [409, 422],
  },
  async (context) => changeMembers(context, context.params.group_id, 'add', context.body.device_ids),
);

const removeMembers = route(
  {
    method: 'delete',
    path: '/groups/{group_id}/members',
    tag,
    summary: 'Take devices out of a group',
    access: atLeast('operator'),
    params,
    body: GroupMembers,
    answer: { status: 200, description: 'The group', schema: Group },
    refusals: [409],
  },
  async (context) => changeMembers(context, context.params.group_id, 'remove', context.body.device_ids),
);

const listGroupDevices = route(
  {
    method: 'get',
    path: '/groups/{group_id}/devices',
    tag,
    summary: 'The devices that are in a group now',
    access: atLeast('viewer'),
    params,
    query: PageQuery,
    answer: { status: 200, description: 'Devices, the newest first', schema: pageOf(Device) },
  },
  async (context) => {
    const { db, team_id, query } = context;
    const ids = await listGroupDeviceIds(db, team_id, context.params.group_id);
    if (ids === null) return notFound(tag);
    const page = await listDevices(db, team_id, { ...query, host_id: undefined, q: undefined, status: null, ids });
    return { ...page, items: await viewDevices(context, page.items) };
  },
);

export const groupRoutes = [list, create, get, update, remove, addMembers, removeMembers, listGroupDevices];
