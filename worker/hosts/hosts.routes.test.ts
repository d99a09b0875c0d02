import { env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { projectHostState, projectPresence } from '#database/hosts.repository.ts';
import { hostStub } from '#durable-objects/stubs.ts';
import type { TeamDescription, TeamRpc } from '#durable-objects/team/team-rpc.ts';
import type { Capabilities } from '#protocol/agent/to-server.ts';
import { Device, Host } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { newId } from '#protocol/ids.ts';
import { newHost } from '../testing/agent-body.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const Hosts = pageOf(Host);
const Devices = pageOf(Device);
const api = createTestApi();

const hosts = async (caller: Caller, search = '') =>
  Hosts.parse(await (await caller.call('GET', `/api/hosts${search}`)).json());
const devices = async (caller: Caller, search = '') =>
  Devices.parse(await (await caller.call('GET', `/api/devices${search}`)).json());
const host = async (caller: Caller, id: string) =>
  Host.parse(await (await caller.call('GET', `/api/hosts/${id}`)).json());

const info = { hostname: 'rack', os: 'linux', platform: 'Debian 13', arch: 'arm64', cpus: 8, memory_bytes: 1 } as const;
const capabilities: Capabilities = { actions: ['command'], shells: ['sh'], interpreters: [], package_types: [] };

/** A TeamObject of which only what lists ask is there. */
const team = (answers: Partial<TeamRpc>) => () => ({
  describe: () => Promise.reject(new Error('down')),
  overview: () => Promise.reject(new Error('down')),
  reportHost: () => Promise.resolve({ taken: true, known_version: 0 }),
  publish: () => Promise.resolve(),
  fetch: () => Promise.reject(new Error('down')),
  ...answers,
});

test('hosts come newest first, page by page, each once', async () => {
  const admin = await api.newCaller('admin');
  const made: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    api.pass(1);
    made.unshift((await newHost(api, admin, { name })).host_id);
  }
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = await hosts(admin, `?limit=2&cursor=${cursor}`);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor ?? '';
  } while (cursor !== '');
  expect(seen).toEqual(made);
});

test('filters find by text, by label and by status', async () => {
  const admin = await api.newCaller('admin');
  const rack = await newHost(api, admin, { name: 'rack_1' });
  const tower = await newHost(api, admin, { name: 'rackx1' });
  await admin.call('PATCH', `/api/hosts/${rack.host_id}`, { body: { labels: { site: 'berlin', 'a/b.c': 'x' } } });
  await admin.call('PATCH', `/api/hosts/${tower.host_id}`, { body: { labels: { site: 'paris' } } });
  const names = async (search: string) => (await hosts(admin, search)).items.map(({ name }) => name).sort();
  expect(await names('?q=RACK_')).toEqual(['rack_1']);
  expect(await names('?q=%25')).toEqual([]);
  expect(await names('?label=site')).toEqual(['rack_1', 'rackx1']);
  expect(await names('?label=site%3Dparis')).toEqual(['rackx1']);
  expect(await names('?label=a/b.c')).toEqual(['rack_1']);
  expect(await names("?label=site%3D'%20or%201=1")).toEqual([]);
  expect(await names('?status=offline')).toEqual(['rack_1', 'rackx1']);
  expect(await names('?status=online')).toEqual([]);
});

test('who is online and what is locked comes from the TeamObject', async () => {
  const admin = await api.newCaller('admin');
  const [on, off] = [await newHost(api, admin), await newHost(api, admin)];
  const lock = {
    holder: 'user' as const,
    id: admin.user_id,
    name: admin.username,
    reason: 'mine',
    since: '2026-01-01T00:00:00.000Z',
    expires_at: null,
    waiting: 2,
    reserved_by: null,
  };
  const description: TeamDescription = {
    hosts: [{ host_id: on.host_id, online: true, last_seen_at: '2026-01-02T00:00:00.000Z' }],
    devices: [{ device_id: on.device_id, has_running_deployment: true, lock }],
  };
  const asked = createTestApi({
    team: team({
      describe: async () => description,
      overview: async () => ({ online_host_ids: [on.host_id], locked_device_count: 1 }),
    }),
  });
  const call = (path: string) => asked.request('GET', path, { headers: { authorization: `Bearer ${admin.token}` } });
  const online = Hosts.parse(await (await call('/api/hosts?status=online')).json()).items;
  expect(online).toMatchObject([{ id: on.host_id, status: 'online', last_seen_at: '2026-01-02T00:00:00.000Z' }]);
  expect(online[0]?.devices).toMatchObject([{ status: 'online', has_running_deployment: true, lock }]);
  const offline = Devices.parse(await (await call('/api/devices?status=offline')).json()).items;
  expect(offline).toMatchObject([{ id: off.device_id, status: 'offline', has_running_deployment: false, lock: null }]);
});

test.each([
  ['fails', () => Promise.reject(new Error('down'))],
  ['never answers', () => new Promise<never>(() => undefined)],
])(
  'when the TeamObject %s, hosts are listed by the projection and locks are unknown, not free',
  async (_how, answer) => {
    const admin = await api.newCaller('admin');
    const { host_id } = await newHost(api, admin);
    await projectPresence(api.db, [{ host_id, online: true, last_seen_at: '2026-01-02T00:00:00.000Z' }]);
    const silent = createTestApi({ team: team({ describe: answer, overview: answer }) });
    const headers = { authorization: `Bearer ${admin.token}` };
    const page = Hosts.parse(await (await silent.request('GET', '/api/hosts', { headers })).json());
    expect(page.items).toMatchObject([{ id: host_id, status: 'online', last_seen_at: '2026-01-02T00:00:00.000Z' }]);
    expect(page.items[0]?.devices).toMatchObject([{ status: 'online', has_running_deployment: null, lock: null }]);
  },
);

test('a page of hosts costs the same number of reads whatever its size', async () => {
  const admin = await api.newCaller('admin');
  for (let index = 0; index < 12; index++) await newHost(api, admin);
  const reads = async (limit: number): Promise<number> => {
    const counted = { reads: 0 };
    const database = () =>
      new Proxy(api.db, {
        get: (target, key, receiver) => {
          if (key === 'select') counted.reads += 1;
          return Reflect.get(target, key, receiver);
        },
      });
    const headers = { authorization: `Bearer ${admin.token}` };
    const response = await createTestApi({ database }).request('GET', `/api/hosts?limit=${limit}`, { headers });
    expect(Hosts.parse(await response.json()).items).toHaveLength(limit);
    return counted.reads;
  };
  expect(await reads(12)).toBe(await reads(1));
});

test('what the agent reports does not undo what a person named and labeled', async () => {
  const admin = await api.newCaller('admin');
  const joined = await newHost(api, admin, { name: 'first' });
  const phone = { id: newId('dev', api.ids), key: 'phone', name: 'Pixel', kind: 'android', labels: { os: '15' } };
  const self = { id: joined.device_id, key: 'self', name: 'rack', kind: 'host', labels: {} };
  const report = { host_id: joined.host_id, team_id: admin.team_id, info, agent_version: '1.2.3', capabilities };
  await projectHostState(api.db, { ...report, devices: [self, phone] });
  await admin.call('PATCH', `/api/hosts/${joined.host_id}`, { body: { name: 'renamed', labels: { site: 'lab' } } });
  await admin.call('PATCH', `/api/devices/${phone.id}`, { body: { name: 'My phone', labels: { mine: 'yes' } } });
  await projectHostState(api.db, { ...report, devices: [self, { ...phone, name: 'Pixel 9', kind: 'phone' }] });
  const shown = await host(admin, joined.host_id);
  expect(shown).toMatchObject({ name: 'renamed', labels: { site: 'lab' }, agent_version: '1.2.3', arch: 'arm64' });
  expect(shown.devices).toMatchObject([
    { key: 'self', name: 'renamed' },
    { key: 'phone', name: 'My phone', labels: { mine: 'yes' }, kind: 'phone' },
  ]);
});

test('a device that is no longer attached disappears, and is the same one when it is back', async () => {
  const admin = await api.newCaller('admin');
  const joined = await newHost(api, admin);
  const phone = { id: newId('dev', api.ids), key: 'phone', name: 'Pixel', kind: 'android', labels: {} };
  const report = { host_id: joined.host_id, team_id: admin.team_id, info, agent_version: '1', capabilities };
  const keys = async () => (await devices(admin, `?host_id=${joined.host_id}`)).items.map(({ key }) => key).sort();
  await projectHostState(api.db, { ...report, devices: [phone] });
  expect(await keys()).toEqual(['phone', 'self']);
  await projectHostState(api.db, { ...report, devices: [] });
  expect(await keys()).toEqual(['self']);
  await projectHostState(api.db, { ...report, devices: [{ ...phone, id: newId('dev', api.ids) }] });
  expect((await devices(admin, '?q=Pixel')).items.map(({ id }) => id)).toEqual([phone.id]);
});

test('a deleted host is gone with its devices, its group memberships and its key', async () => {
  const admin = await api.newCaller('admin');
  const joined = await newHost(api, admin);
  const body = { name: 'Lab', device_ids: [joined.device_id] };
  const group = z.object({ id: z.string() }).parse(await (await admin.call('POST', '/api/groups', { body })).json());
  expect((await admin.call('DELETE', `/api/hosts/${joined.host_id}`)).status).toBe(204);
  for (const path of [`/api/hosts/${joined.host_id}`, `/api/devices/${joined.device_id}`])
    expect((await admin.call('GET', path)).status).toBe(404);
  expect(await (await admin.call('GET', `/api/groups/${group.id}`)).json()).toMatchObject({ device_count: 0 });
  expect((await hosts(admin)).items).toEqual([]);
  await projectHostState(api.db, {
    host_id: joined.host_id,
    team_id: admin.team_id,
    info,
    agent_version: '1',
    capabilities,
    devices: [{ id: newId('dev', api.ids), key: 'late', name: 'Late', kind: 'x', labels: {} }],
  });
  expect((await devices(admin)).items).toEqual([]);
});

test('presence of many hosts is written in one statement and keeps the last time when there is no newer one', async () => {
  const admin = await api.newCaller('admin');
  const [first, second] = [await newHost(api, admin), await newHost(api, admin)];
  await projectPresence(api.db, [
    { host_id: first.host_id, online: true, last_seen_at: '2026-01-02T00:00:00.000Z' },
    { host_id: second.host_id, online: true, last_seen_at: '2026-01-03T00:00:00.000Z' },
  ]);
  await projectPresence(api.db, [{ host_id: first.host_id, online: false, last_seen_at: null }]);
  const rows = await env.DB.prepare('select online, last_seen_at from hosts where team_id = ? order by last_seen_at')
    .bind(admin.team_id)
    .all();
  expect(rows.results).toEqual([
    { online: 0, last_seen_at: '2026-01-02T00:00:00.000Z' },
    { online: 1, last_seen_at: '2026-01-03T00:00:00.000Z' },
  ]);
});

test('a rename that did not reach the host’s object is repeated by the same call', async () => {
  const told: string[] = [];
  const flaky = createTestApi({
    host: (bindings, id) => ({
      ...hostStub(bindings, id),
      enroll: async (identity) => hostStub(bindings, id).enroll(identity),
      rename: async (name) => {
        told.push(name);
        if (told.length === 1) throw new Error('not there');
      },
    }),
  });
  const admin = await flaky.newCaller('admin');
  const { host_id } = await newHost(flaky, admin);
  const rename = () => admin.call('PATCH', `/api/hosts/${host_id}`, { body: { name: 'renamed' } });
  expect([(await rename()).status, (await rename()).status]).toEqual([500, 200]);
  expect(told).toEqual(['renamed', 'renamed']);
});
