import { expect, test } from 'vitest';
import { Member } from '#protocol/http/auth.ts';
import { pageOf } from '#protocol/http/page.ts';
import { createTestApi } from '../testing/test-api.ts';

const Page = pageOf(Member);
const api = createTestApi();
const password = 'a long enough one';

test('a new member signs in with the given role', async () => {
  const admin = await api.newCaller('admin');
  const username = `new-${admin.user_id.slice(-8)}`;
  const created = await admin.call('POST', '/api/members', { body: { username, password, role: 'operator' } });
  expect(created.status).toBe(201);
  const login = await api.request('POST', '/api/auth/login', { body: { username, password } });
  expect(await login.json()).toMatchObject({ user: { team_id: admin.team_id, role: 'operator' } });
  const again = await admin.call('POST', '/api/members', { body: { username, password, role: 'viewer' } });
  expect(again.status).toBe(409);
});

test('an admin can neither make, change nor remove owners', async () => {
  const admin = await api.newCaller('admin');
  const owner = await api.newCaller('owner', admin.team_id);
  const make = await admin.call('POST', '/api/members', { body: { username: 'boss-x', password, role: 'owner' } });
  const raise = await admin.call('PATCH', `/api/members/${admin.user_id}`, { body: { role: 'owner' } });
  const lower = await admin.call('PATCH', `/api/members/${owner.user_id}`, { body: { role: 'viewer' } });
  const setPassword = await admin.call('PATCH', `/api/members/${owner.user_id}`, { body: { password } });
  const remove = await admin.call('DELETE', `/api/members/${owner.user_id}`);
  expect([make, raise, lower, setPassword, remove].map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
});

test('the last owner can neither step down nor leave; with a second one they can', async () => {
  const owner = await api.newCaller('owner');
  const self = `/api/members/${owner.user_id}`;
  expect((await owner.call('PATCH', self, { body: { role: 'admin' } })).status).toBe(409);
  expect((await owner.call('DELETE', self)).status).toBe(409);
  await api.newCaller('owner', owner.team_id);
  expect((await owner.call('PATCH', self, { body: { role: 'admin' } })).status).toBe(200);
});

test('two owners who remove each other at once leave one', async () => {
  const first = await api.newCaller('owner');
  const second = await api.newCaller('owner', first.team_id);
  const statuses = await Promise.all([
    first.call('DELETE', `/api/members/${second.user_id}`),
    second.call('DELETE', `/api/members/${first.user_id}`),
  ]);
  const owners = [first, second].map((owner) => owner.call('GET', '/api/members'));
  const left = (await Promise.all(owners)).filter(({ status }) => status === 200);
  expect(left).toHaveLength(1);
  expect(statuses.filter(({ status }) => status === 204)).toHaveLength(1);
});

test('a removed member is signed out of the team', async () => {
  const owner = await api.newCaller('owner');
  const member = await api.newCaller('operator', owner.team_id);
  expect((await member.call('GET', '/api/auth/me')).status).toBe(200);
  expect((await owner.call('DELETE', `/api/members/${member.user_id}`)).status).toBe(204);
  expect((await member.call('GET', '/api/auth/me')).status).toBe(401);
});

test('a new password ends the sessions of its person and of nobody else', async () => {
  const owner = await api.newCaller('owner');
  const member = await api.newCaller('operator', owner.team_id);
  expect((await owner.call('PATCH', `/api/members/${member.user_id}`, { body: { password } })).status).toBe(200);
  expect((await member.call('GET', '/api/auth/me')).status).toBe(401);
  expect((await owner.call('PATCH', `/api/members/${owner.user_id}`, { body: { password } })).status).toBe(200);
  expect((await owner.call('GET', '/api/auth/me')).status).toBe(200);
});

test('one team cannot give a new password to a person who belongs to another one too', async () => {
  const owner = await api.newCaller('owner');
  const member = await api.newCaller('operator', owner.team_id);
  await member.call('POST', '/api/teams', { body: { name: 'Their own' } });
  expect((await owner.call('PATCH', `/api/members/${member.user_id}`, { body: { password } })).status).toBe(403);
});

test('members come by name, page by page', async () => {
  const owner = await api.newCaller('owner');
  for (const name of ['c', 'a', 'b']) {
    const body = { username: `${name}-${owner.user_id.slice(-8)}`, password, role: 'viewer' };
    await owner.call('POST', '/api/members', { body });
  }
  const names: string[] = [];
  let cursor = '';
  for (let page = 0; page < 4; page++) {
    const answer: unknown = await (await owner.call('GET', `/api/members?limit=1&cursor=${cursor}`)).json();
    const { items, next_cursor } = Page.parse(answer);
    names.push(...items.map(({ username }) => username.charAt(0)));
    cursor = next_cursor ?? '';
  }
  expect(names).toEqual(['a', 'b', 'c', 'o']);
  expect(cursor).toBe('');
});
