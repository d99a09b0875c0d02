import { expect, test } from 'vitest';
import { CreatedApiToken } from '#protocol/http/auth.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const api = createTestApi();

const create = async (caller: Caller, body: object) => {
  const response = await caller.call('POST', '/api/tokens', { body });
  expect(response.status).toBe(201);
  return CreatedApiToken.parse(await response.json());
};

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test('an API token works with the lower of its own role and its owner’s', async () => {
  const admin = await api.newCaller('admin');
  const { token } = await create(admin, { name: 'CI', role: 'viewer' });
  expect((await api.request('GET', '/api/groups', as(token))).status).toBe(200);
  const refused = await api.request('POST', '/api/groups', { ...as(token), body: { name: 'No' } });
  expect(refused.status).toBe(403);
});

test('an API token loses what its owner loses', async () => {
  const owner = await api.newCaller('owner');
  const operator = await api.newCaller('operator', owner.team_id);
  const { token } = await create(operator, { name: 'CI' });
  expect((await api.request('POST', '/api/groups', { ...as(token), body: { name: 'One' } })).status).toBe(201);
  await owner.call('PATCH', `/api/members/${operator.user_id}`, { body: { role: 'viewer' } });
  expect((await api.request('POST', '/api/groups', { ...as(token), body: { name: 'Two' } })).status).toBe(403);
  await owner.call('DELETE', `/api/members/${operator.user_id}`);
  expect((await api.request('GET', '/api/groups', as(token))).status).toBe(401);
});

test('a token cannot be given a higher role, make tokens, or sign out', async () => {
  const viewer = await api.newCaller('viewer');
  expect((await viewer.call('POST', '/api/tokens', { body: { name: 'Up', role: 'admin' } })).status).toBe(403);
  const { token } = await create(viewer, { name: 'CI' });
  expect((await api.request('POST', '/api/tokens', { ...as(token), body: { name: 'More' } })).status).toBe(403);
  expect((await api.request('POST', '/api/auth/logout', as(token))).status).toBe(409);
});

test('a deleted or expired token is refused at once', async () => {
  const own = createTestApi();
  const viewer = await own.newCaller('viewer');
  const kept = await create(viewer, { name: 'Hour', expires_in_seconds: 3600 });
  const deleted = await create(viewer, { name: 'Gone' });
  expect((await viewer.call('DELETE', `/api/tokens/${deleted.id}`)).status).toBe(204);
  expect((await own.request('GET', '/api/auth/me', as(deleted.token))).status).toBe(401);
  expect((await own.request('GET', '/api/auth/me', as(kept.token))).status).toBe(200);
  own.pass(3600);
  expect((await own.request('GET', '/api/auth/me', as(kept.token))).status).toBe(401);
});

test('people see their own tokens, admins those of the team, and none of them the secret', async () => {
  const admin = await api.newCaller('admin');
  const viewer = await api.newCaller('viewer', admin.team_id);
  const mine = await create(viewer, { name: 'Mine' });
  api.pass(1);
  const theirs = await create(admin, { name: 'Theirs' });
  const names = async (caller: Caller) => {
    const text = await (await caller.call('GET', '/api/tokens')).text();
    expect(text).not.toContain(mine.token);
    return JSON.parse(text).items.map(({ name }: { name: string }) => name);
  };
  expect(await names(viewer)).toEqual(['Mine']);
  expect(await names(admin)).toEqual(['Theirs', 'Mine']);
  expect((await viewer.call('DELETE', `/api/tokens/${theirs.id}`)).status).toBe(404);
});
