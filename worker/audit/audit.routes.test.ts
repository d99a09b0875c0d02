import { expect, test } from 'vitest';
import { AuditEntry } from '#protocol/http/audit.ts';
import { CreatedEnrollmentToken } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { newHost } from '../testing/agent-body.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const Entries = pageOf(AuditEntry);
const api = createTestApi();

const entries = async (caller: Caller, search = '') =>
  Entries.parse(await (await caller.call('GET', `/api/audit${search}`)).json());

const actions = async (caller: Caller, search = '') =>
  (await entries(caller, search)).items.map(({ action }) => action);

test('every change leaves an entry with who, what and from where', async () => {
  const admin = await api.newCaller('admin');
  const headers = { 'cf-connecting-ip': '192.0.2.7' };
  const body = { name: 'Lab' };
  const created = await admin.call('POST', '/api/groups', { body, headers });
  const { id } = (await entries(admin)).items[0] ?? {};
  expect((await entries(admin)).items).toMatchObject([
    { id, actor: admin.username, action: 'groups.create', address: '192.0.2.7', details: { name: 'Lab' } },
  ]);
  expect(await created.json()).toMatchObject({ id: (await entries(admin)).items[0]?.subject_id });
});

test('what a team does to its hosts, groups, members and tokens is all there', async () => {
  const admin = await api.newCaller('admin');
  const call = async (method: string, path: string, body?: object) => {
    api.pass(1);
    const response = await admin.call(method, `/api${path}`, body === undefined ? {} : { body });
    expect(response.ok, `${method} ${path} ${response.status}`).toBe(true);
  };
  const { host_id, device_id } = await newHost(api, admin);
  await call('PATCH', `/hosts/${host_id}`, { name: 'renamed' });
  await call('POST', `/hosts/${host_id}/disconnect`);
  await call('PATCH', `/devices/${device_id}`, { labels: { a: 'b' } });
  await call('POST', `/devices/${device_id}/lock`, { reason: 'mine' });
  await call('DELETE', `/devices/${device_id}/lock`);
  await call('POST', '/tokens', { name: 'CI' });
  await call('DELETE', `/hosts/${host_id}`);
  await call('POST', '/auth/logout');
  const reader = await api.newCaller('admin', admin.team_id);
  expect(await actions(reader)).toEqual([
    'auth.logout',
    'hosts.delete',
    'tokens.create',
    'devices.unlock',
    'devices.lock',
    'devices.update',
    'hosts.disconnect',
    'hosts.update',
    expect.stringMatching(/^(hosts\.enroll|enrollment_tokens\.create)$/),
    expect.stringMatching(/^(hosts\.enroll|enrollment_tokens\.create)$/),
  ]);
});

test('no secret is in it', async () => {
  const admin = await api.newCaller('admin');
  const created = await admin.call('POST', '/api/enrollment-tokens', { body: {} });
  const { token } = CreatedEnrollmentToken.parse(await created.json());
  const password = 'the new password';
  await admin.call('PATCH', `/api/members/${admin.user_id}`, { body: { password } });
  const text = JSON.stringify(await entries(admin));
  expect(text).toContain('members.set_password');
  expect(text).not.toContain(password);
  expect(text).not.toContain(token);
});

test('what was refused leaves no entry', async () => {
  const owner = await api.newCaller('owner');
  expect((await owner.call('DELETE', `/api/members/${owner.user_id}`)).status).toBe(409);
  expect((await owner.call('POST', '/api/groups', { body: { name: '' } })).status).toBe(400);
  expect(await actions(owner)).toEqual([]);
});

test('entries are filtered by actor, action and time, and come page by page', async () => {
  const own = createTestApi();
  const admin = await own.newCaller('admin');
  const colleague = await own.newCaller('operator', admin.team_id);
  const begin = own.now().toISOString();
  for (const name of ['A', 'B', 'C']) {
    own.pass(60);
    await admin.call('POST', '/api/groups', { body: { name } });
  }
  own.pass(60);
  await colleague.call('POST', '/api/groups', { body: { name: 'D' } });
  await colleague.call('POST', '/api/tokens', { body: { name: 'CI' } });
  expect(await actions(admin, `?actor=${colleague.username}`)).toHaveLength(2);
  expect(await actions(admin, '?action=tokens.create')).toEqual(['tokens.create']);
  const after = new Date(Date.parse(begin) + 90_000).toISOString();
  const before = new Date(Date.parse(begin) + 200_000).toISOString();
  expect(await actions(admin, `?from=${after}&to=${before}`)).toHaveLength(2);
  const first = await entries(admin, '?limit=4');
  const second = await entries(admin, `?limit=4&cursor=${first.next_cursor}`);
  expect([first.items.length, second.items.length, second.next_cursor]).toEqual([4, 1, null]);
  expect((await admin.call('GET', '/api/audit?from=yesterday')).status).toBe(400);
});
