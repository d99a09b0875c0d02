import { env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { hostStub } from '#durable-objects/stubs.ts';
import { EnrollResponse } from '#protocol/agent/connection.ts';
import { Group } from '#protocol/http/groups.ts';
import { CreatedEnrollmentToken, EnrollmentToken, Host } from '#protocol/http/hosts.ts';
import { agentBody } from '../testing/agent-body.ts';
import { type Caller, createTestApi, type TestApi } from '../testing/test-api.ts';

const api = createTestApi();

const newToken = async (admin: Caller, body: object = {}) => {
  const response = await admin.call('POST', '/api/enrollment-tokens', { body });
  expect(response.status).toBe(201);
  return CreatedEnrollmentToken.parse(await response.json());
};

const enroll = (body: object, via: TestApi = api, address = '10.9.0.1') =>
  via.request('POST', '/api/agent/enroll', { body, headers: { 'cf-connecting-ip': address } });

const enrolled = async (body: object): Promise<EnrollResponse> => {
  const response = await enroll(body);
  expect(response.status).toBe(201);
  return EnrollResponse.parse(await response.json());
};

const usesOf = async (admin: Caller, id: string): Promise<number> =>
  EnrollmentToken.parse(await (await admin.call('GET', `/api/enrollment-tokens/${id}`)).json()).uses;

test('ENR2 a valid token makes a host with its device, labels and groups', async () => {
  const admin = await api.newCaller('admin');
  const group = Group.parse(await (await admin.call('POST', '/api/groups', { body: { name: 'Lab' } })).json());
  const { token } = await newToken(admin, { labels: { site: 'berlin' }, group_ids: [group.id] });
  const answer = await enrolled(agentBody(token, { name: 'rack-1' }));
  expect(answer).toMatchObject({ team_id: admin.team_id, name: 'rack-1' });
  const host = Host.parse(await (await admin.call('GET', `/api/hosts/${answer.host_id}`)).json());
  expect(host).toMatchObject({ name: 'rack-1', status: 'offline', labels: { site: 'berlin' }, os: 'linux' });
  expect(host.devices).toMatchObject([{ id: answer.device_id, key: 'self', name: 'rack-1', kind: 'host' }]);
  const members = await admin.call('GET', `/api/groups/${group.id}/devices`);
  expect(await members.json()).toMatchObject({ items: [{ id: answer.device_id }] });
});

test('ENR2 the host’s object knows the public key, and the secret is nowhere in the database', async () => {
  const admin = await api.newCaller('admin');
  const { token } = await newToken(admin);
  const { host_id } = await enrolled(agentBody(token));
  expect(
    await hostStub(env, host_id).release({ device_key: 'self', user_id: admin.user_id, force: true }),
  ).toMatchObject({
    ok: false,
    error: 'not_reserved',
  });
  const rows = await env.DB.prepare('select * from enrollment_tokens').all();
  expect(JSON.stringify(rows.results)).not.toContain(token);
});

test('ENR3 an unknown, expired, used up or deleted token answers 401 and makes nothing', async () => {
  const own = createTestApi();
  const admin = await own.newCaller('admin');
  const count = async () => env.DB.prepare('select count(*) as total from hosts').first('total');
  const [deleted, used, expired] = [
    await newToken(admin),
    await newToken(admin, { max_uses: 1 }),
    await newToken(admin),
  ];
  expect((await admin.call('DELETE', `/api/enrollment-tokens/${deleted.id}`)).status).toBe(204);
  expect((await enroll(agentBody(used.token), own, '10.9.1.0')).status).toBe(201);
  const before = await count();
  for (const token of ['dxe_unknown', deleted.token, used.token])
    expect((await enroll(agentBody(token), own, '10.9.1.1')).status).toBe(401);
  own.pass(3600);
  expect((await enroll(agentBody(expired.token), own, '10.9.1.1')).status).toBe(401);
  expect(await count()).toBe(before);
});

test('ENR4 the same machine and key is the same host, and takes no second use', async () => {
  const admin = await api.newCaller('admin');
  const { id, token } = await newToken(admin, { max_uses: 1 });
  const body = agentBody(token);
  const first = await enrolled(body);
  expect(await enrolled(body)).toEqual(first);
  expect(await usesOf(admin, id)).toBe(1);
});

test('ENR4 the same machine with another key is another host', async () => {
  const admin = await api.newCaller('admin');
  const { token } = await newToken(admin);
  const first = agentBody(token);
  const copy = { ...agentBody(token), machine_id: first.machine_id };
  expect((await enrolled(copy)).host_id).not.toBe((await enrolled(first)).host_id);
});

test('of twenty agents at once exactly as many join as the token allows', async () => {
  const admin = await api.newCaller('admin');
  const { id, token } = await newToken(admin, { max_uses: 5 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => enroll(agentBody(token), api, '10.9.2.1')));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(5);
  expect(statuses.filter((status) => status === 401)).toHaveLength(15);
  expect(await usesOf(admin, id)).toBe(5);
});

test('one agent that enrolls many times at once is one host and one use', async () => {
  const admin = await api.newCaller('admin');
  const { id, token } = await newToken(admin);
  const body = agentBody(token);
  const answers = await Promise.all(Array.from({ length: 8 }, () => enrolled(body)));
  expect(new Set(answers.map(({ host_id }) => host_id)).size).toBe(1);
  expect(await usesOf(admin, id)).toBe(1);
});

test('guessing tokens is limited by address, and enrolling many machines is not', async () => {
  const admin = await api.newCaller('admin');
  const { token } = await newToken(admin);
  for (let index = 0; index < 35; index++) expect((await enroll(agentBody(token), api, '10.9.3.1')).status).toBe(201);
  for (let index = 0; index < 30; index++) await enroll(agentBody('dxe_guess'), api, '10.9.3.2');
  const refused = await enroll(agentBody(token), api, '10.9.3.2');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('an agent that got no answer enrolls again and its object is told again', async () => {
  const told: string[] = [];
  const flaky = createTestApi({
    host: (bindings, id) => ({
      ...hostStub(bindings, id),
      enroll: async (identity) => {
        told.push(identity.host_id);
        if (told.length === 1) throw new Error('the object is not there');
        await hostStub(bindings, id).enroll(identity);
      },
    }),
  });
  const admin = await flaky.newCaller('admin');
  const { token } = await newToken(admin, { max_uses: 1 });
  const body = agentBody(token);
  expect((await enroll(body, flaky)).status).toBe(500);
  expect((await enroll(body, flaky)).status).toBe(201);
  expect(new Set(told).size).toBe(1);
});

test('a revoked machine joins again as a new host', async () => {
  const admin = await api.newCaller('admin');
  const { token } = await newToken(admin);
  const body = agentBody(token);
  const first = await enrolled(body);
  expect((await admin.call('DELETE', `/api/hosts/${first.host_id}`)).status).toBe(204);
  expect((await enrolled(body)).host_id).not.toBe(first.host_id);
});

test('a token cannot name groups of others or groups with a selector', async () => {
  const [admin, stranger] = [await api.newCaller('admin'), await api.newCaller('admin')];
  const body = { name: 'Linux', selector: 'os=linux' };
  const selected = Group.parse(await (await admin.call('POST', '/api/groups', { body })).json());
  const theirs = Group.parse(await (await stranger.call('POST', '/api/groups', { body })).json());
  for (const group of [selected, theirs]) {
    const response = await admin.call('POST', '/api/enrollment-tokens', { body: { group_ids: [group.id] } });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'group_ids' }] });
  }
});

test('the body may be left out', async () => {
  const admin = await api.newCaller('admin');
  const response = await admin.call('POST', '/api/enrollment-tokens');
  const token = CreatedEnrollmentToken.parse(await response.json());
  expect(token).toMatchObject({ max_uses: null, uses: 0, labels: {}, group_ids: [] });
  expect(Date.parse(token.expires_at) - Date.parse(token.created_at)).toBe(3600 * 1000);
});
