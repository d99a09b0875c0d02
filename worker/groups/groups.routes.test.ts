import { expect, test } from 'vitest';
import { resolveTargets } from '#database/groups.repository.ts';
import { Group } from '#protocol/http/groups.ts';
import { Device } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { newId } from '#protocol/ids.ts';
import { newHost } from '../testing/agent-body.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const Groups = pageOf(Group);
const Devices = pageOf(Device);
const api = createTestApi();

const create = async (caller: Caller, body: object): Promise<Group> => {
  const response = await caller.call('POST', '/api/groups', { body });
  expect(response.status).toBe(201);
  return Group.parse(await response.json());
};

const deviceIds = async (caller: Caller, group: Group): Promise<string[]> =>
  Devices.parse(await (await caller.call('GET', `/api/groups/${group.id}/devices`)).json())
    .items.map(({ id }) => id)
    .sort();

test('devices chosen by hand go in and out, and twice is once', async () => {
  const admin = await api.newCaller('admin');
  const [first, second] = [await newHost(api, admin), await newHost(api, admin)];
  const group = await create(admin, { name: 'Lab', device_ids: [first.device_id] });
  expect(group).toMatchObject({ device_count: 1, selector: null, description: null });
  const path = `/api/groups/${group.id}/members`;
  const both = { device_ids: [first.device_id, second.device_id] };
  const added = await admin.call('POST', path, { body: both });
  expect(await added.json()).toMatchObject({ device_count: 2 });
  expect(await deviceIds(admin, group)).toEqual([first.device_id, second.device_id].sort());
  for (let round = 0; round < 2; round++)
    expect((await admin.call('DELETE', path, { body: { device_ids: [first.device_id] } })).status).toBe(200);
  expect(await deviceIds(admin, group)).toEqual([second.device_id]);
});

test('a selector follows the labels of host and device', async () => {
  const admin = await api.newCaller('admin');
  const [first, second] = [await newHost(api, admin, { name: 'one' }), await newHost(api, admin, { name: 'two' })];
  const group = await create(admin, { name: 'Berlin', selector: 'site=berlin,os=linux,kind=host' });
  expect(group.device_count).toBe(0);
  await admin.call('PATCH', `/api/hosts/${first.host_id}`, { body: { labels: { site: 'berlin' } } });
  await admin.call('PATCH', `/api/devices/${second.device_id}`, { body: { labels: { site: 'berlin' } } });
  expect(await deviceIds(admin, group)).toEqual([first.device_id, second.device_id].sort());
  await admin.call('PATCH', `/api/devices/${first.device_id}`, { body: { labels: { site: 'paris' } } });
  expect(await deviceIds(admin, group)).toEqual([second.device_id]);
  const listed = Groups.parse(await (await admin.call('GET', '/api/groups')).json());
  expect(listed.items).toMatchObject([{ id: group.id, device_count: 1 }]);
  const changed = await admin.call('PATCH', `/api/groups/${group.id}`, { body: { selector: 'host=one' } });
  expect(await changed.json()).toMatchObject({ selector: 'host=one', device_count: 1 });
});

test('a group is filled one way and stays so', async () => {
  const admin = await api.newCaller('admin');
  const { device_id } = await newHost(api, admin);
  const both = await admin.call('POST', '/api/groups', {
    body: { name: 'Both', selector: 'os', device_ids: [device_id] },
  });
  expect(both.status).toBe(400);
  const selected = await create(admin, { name: 'Selected', selector: 'os' });
  const byHand = await create(admin, { name: 'By hand' });
  const add = await admin.call('POST', `/api/groups/${selected.id}/members`, { body: { device_ids: [device_id] } });
  const turn = await admin.call('PATCH', `/api/groups/${byHand.id}`, { body: { selector: 'os' } });
  expect([add.status, turn.status]).toEqual([409, 409]);
});

test('a selector that does not parse names its field', async () => {
  const admin = await api.newCaller('admin');
  const response = await admin.call('POST', '/api/groups', { body: { name: 'Bad', selector: 'a=b,,c' } });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ path: 'selector' }] });
});

test('names are unique in a team, and free in another', async () => {
  const [admin, stranger] = [await api.newCaller('admin'), await api.newCaller('admin')];
  const lab = await create(admin, { name: 'Lab' });
  await create(stranger, { name: 'Lab' });
  expect((await admin.call('POST', '/api/groups', { body: { name: 'Lab' } })).status).toBe(409);
  expect((await admin.call('PATCH', `/api/groups/${lab.id}`, { body: { name: 'Lab' } })).status).toBe(200);
});

test('a deleted group leaves its devices', async () => {
  const admin = await api.newCaller('admin');
  const { device_id } = await newHost(api, admin);
  const group = await create(admin, { name: 'Lab', device_ids: [device_id] });
  expect((await admin.call('DELETE', `/api/groups/${group.id}`)).status).toBe(204);
  expect((await admin.call('GET', `/api/groups/${group.id}`)).status).toBe(404);
  expect((await admin.call('GET', `/api/devices/${device_id}`)).status).toBe(200);
});

test('devices are filtered by group', async () => {
  const admin = await api.newCaller('admin');
  const [inside] = [await newHost(api, admin), await newHost(api, admin)];
  const group = await create(admin, { name: 'Lab', device_ids: [inside.device_id] });
  const page = Devices.parse(await (await admin.call('GET', `/api/devices?group_id=${group.id}`)).json());
  expect(page.items.map(({ id }) => id)).toEqual([inside.device_id]);
});

test('targets are the devices and the groups’ devices, each once, and what is unknown is named', async () => {
  const [admin, stranger] = [await api.newCaller('admin'), await api.newCaller('admin')];
  const [first, second, third] = [await newHost(api, admin), await newHost(api, admin), await newHost(api, admin)];
  const theirs = await newHost(api, stranger);
  const byHand = await create(admin, { name: 'By hand', device_ids: [first.device_id, second.device_id] });
  const all = await create(admin, { name: 'All', selector: 'os' });
  const resolve = (devices: (typeof first.device_id)[], groups: Group['id'][]) =>
    resolveTargets(api.db, admin.team_id, devices, groups);
  const some = await resolve([third.device_id, first.device_id], [byHand.id]);
  expect(some.devices.map(({ id }) => id)).toEqual([first.device_id, second.device_id, third.device_id].sort());
  expect(some.devices[0]).toMatchObject({ key: 'self', name: 'rack', host_name: 'rack' });
  const every = await resolve([], [all.id, byHand.id]);
  expect(every.devices).toHaveLength(3);
  const unknownGroup = newId('grp', api.ids);
  const wrong = await resolve([theirs.device_id], [unknownGroup]);
  expect(wrong).toEqual({ devices: [], unknown_device_ids: [theirs.device_id], unknown_group_ids: [unknownGroup] });
});
