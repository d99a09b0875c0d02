import { env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { updatePassword } from '#database/teams.repository.ts';
import { LoginResponse, Team } from '#protocol/http/auth.ts';
import { Problem } from '#protocol/http/problem.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';
import { hashPassword } from './password.ts';

const api = createTestApi();
const PASSWORD = 'correct horse battery';

const withPassword = async (caller: Caller): Promise<Caller> => {
  await api.db.batch([updatePassword(api.db, caller.user_id, await hashPassword(PASSWORD, api.ids.randomBytes))]);
  return caller;
};

const login = (username: string, password: string, headers: Record<string, string> = {}) =>
  api.request('POST', '/api/auth/login', { body: { username, password }, headers });

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test('a right password opens a session that says who is signed in', async () => {
  const person = await withPassword(await api.newCaller('operator'));
  const response = await login(person.username.toUpperCase(), PASSWORD);
  expect(response.status).toBe(200);
  const session = LoginResponse.parse(await response.json());
  expect(session.user).toMatchObject({ id: person.user_id, team_id: person.team_id, role: 'operator' });
  const me = await api.request('GET', '/api/auth/me', bearer(session.token));
  expect(await me.json()).toMatchObject({ username: person.username, user: { username: person.username } });
});

test('the database holds no token and no password, only hashes', async () => {
  const person = await withPassword(await api.newCaller('viewer'));
  const { token } = LoginResponse.parse(await (await login(person.username, PASSWORD)).json());
  const sessions = await env.DB.prepare('select * from sessions where user_id = ?').bind(person.user_id).all();
  const users = await env.DB.prepare('select * from users where id = ?').bind(person.user_id).all();
  const stored = JSON.stringify([sessions.results, users.results]);
  expect(stored).not.toContain(token);
  expect(stored).not.toContain(PASSWORD);
  expect(stored).toContain('scrypt$16384$8$1$');
});

test('an unknown user and a wrong password answer alike', async () => {
  const person = await withPassword(await api.newCaller('viewer'));
  const [wrong, unknown] = [await login(person.username, 'not this one'), await login('nobody-at-all', PASSWORD)];
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(await wrong.json()).toEqual(await unknown.json());
});

test('the session cookie is HttpOnly, SameSite and Secure, and signs in', async () => {
  const person = await withPassword(await api.newCaller('viewer'));
  const cookie = (await login(person.username, PASSWORD)).headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^deployx_session=dxs_[\w-]{43}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure$/);
  const [pair = ''] = cookie.split(';');
  expect((await api.request('GET', '/api/auth/me', { headers: { cookie: `theme=dark; ${pair}` } })).status).toBe(200);
});

test.each([
  [{}, 403],
  [{ origin: 'https://evil.test' }, 403],
  [{ 'sec-fetch-site': 'cross-site', origin: 'https://deployx.test' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ origin: 'null' }, 403],
  [{ origin: 'https://deployx.test' }, 201],
  [{ 'sec-fetch-site': 'same-origin' }, 201],
])('a change with the cookie and %j answers %i', async (headers, status) => {
  const person = await api.newCaller('operator');
  const cookie = `deployx_session=${person.token}`;
  const body = { name: `Group ${crypto.randomUUID()}` };
  expect((await api.request('POST', '/api/groups', { body, headers: { ...headers, cookie } })).status).toBe(status);
});

test('a socket cannot be opened with the cookie from another site', async () => {
  const { token } = await api.newCaller('viewer');
  const headers = { cookie: `deployx_session=${token}`, upgrade: 'websocket', origin: 'https://evil.test' };
  expect((await api.request('GET', '/api/auth/me', { headers })).status).toBe(403);
});

test('logging out ends the session at once', async () => {
  const person = await api.newCaller('viewer');
  expect((await person.call('POST', '/api/auth/logout')).status).toBe(204);
  const after = await person.call('GET', '/api/auth/me');
  expect(after.status).toBe(401);
  expect(after.headers.get('www-authenticate')).toBe('Bearer');
});

test('a session ends after fourteen days', async () => {
  const own = createTestApi();
  const person = await withPassword(await own.newCaller('viewer'));
  const response = await own.request('POST', '/api/auth/login', {
    body: { username: person.username, password: PASSWORD },
  });
  const { token } = LoginResponse.parse(await response.json());
  own.pass(14 * 86_400 - 1);
  expect((await own.request('GET', '/api/auth/me', bearer(token))).status).toBe(200);
  own.pass(1);
  expect((await own.request('GET', '/api/auth/me', bearer(token))).status).toBe(401);
});

test('after ten failures an account is closed to every address for the rest of the quarter of an hour', async () => {
  const own = createTestApi();
  const person = await withPassword(await own.newCaller('viewer'));
  const guess = (password: string, address: string) =>
    own.request('POST', '/api/auth/login', {
      body: { username: person.username, password },
      headers: { 'cf-connecting-ip': address },
    });
  for (let index = 0; index < 10; index++) expect((await guess('wrong', `10.1.0.${index}`)).status).toBe(401);
  own.pass(60);
  const refused = await guess(PASSWORD, '10.1.1.1');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBe(14 * 60);
  expect(Problem.parse(await refused.json()).type).toBe('auth.too_many_attempts');
  own.pass(14 * 60 + 1);
  expect((await guess(PASSWORD, '10.1.1.1')).status).toBe(200);
});

test('a success clears the failures of the account', async () => {
  const person = await withPassword(await api.newCaller('viewer'));
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 9; index++)
      await login(person.username, 'wrong', { 'cf-connecting-ip': `10.2.${round}.1` });
    expect((await login(person.username, PASSWORD, { 'cf-connecting-ip': `10.2.${round}.2` })).status).toBe(200);
  }
});

test('after thirty failures an address is refused, whatever the account', async () => {
  const from = { 'cf-connecting-ip': '10.3.0.1' };
  for (let index = 0; index < 30; index++) expect((await login(`guess-${index}`, 'wrong', from)).status).toBe(401);
  const person = await withPassword(await api.newCaller('viewer'));
  expect((await login(person.username, PASSWORD, from)).status).toBe(429);
  expect((await login(person.username, PASSWORD, { 'cf-connecting-ip': '10.3.0.2' })).status).toBe(200);
}, 20_000);

test('guesses sent all at once get no more tries than guesses one by one', async () => {
  const person = await withPassword(await api.newCaller('viewer'));
  const guesses = Array.from({ length: 14 }, (_, index) =>
    login(person.username, 'wrong', { 'cf-connecting-ip': `10.4.0.${index}` }),
  );
  await Promise.all(guesses);
  expect((await login(person.username, PASSWORD, { 'cf-connecting-ip': '10.4.1.1' })).status).toBe(429);
});

test('many people may sign in at the same moment from one address', async () => {
  const person = await withPassword(await api.newCaller('viewer'));
  const logins = Array.from({ length: 15 }, () => login(person.username, PASSWORD, { 'cf-connecting-ip': '10.5.0.1' }));
  expect((await Promise.all(logins)).map(({ status }) => status)).toEqual(Array.from({ length: 15 }, () => 200));
});

test('a second team is worked in after switching, and nobody can switch to a team of others', async () => {
  const person = await api.newCaller('viewer');
  const stranger = await api.newCaller('owner');
  const created = await person.call('POST', '/api/teams', { body: { name: 'Second' } });
  expect(created.status).toBe(201);
  const team = Team.parse(await created.json());
  const switched = await person.call('POST', '/api/auth/switch-team', { body: { team_id: team.id } });
  expect(await switched.json()).toMatchObject({ team_id: team.id, role: 'owner' });
  expect(await (await person.call('GET', '/api/auth/me')).json()).toMatchObject({ team_name: 'Second', role: 'owner' });
  const refused = await person.call('POST', '/api/auth/switch-team', { body: { team_id: stranger.team_id } });
  expect(refused.status).toBe(404);
});

test('a sign-in costs one read of the database a request', async () => {
  const counted = { reads: 0 };
  const spied = createTestApi({
    database: () => {
      counted.reads = 0;
      return new Proxy(api.db, {
        get: (target, key, receiver) => {
          if (key === 'select') counted.reads += 1;
          return Reflect.get(target, key, receiver);
        },
      });
    },
  });
  const { token } = await api.newCaller('viewer');
  expect((await spied.request('GET', '/api/auth/me', bearer(token))).status).toBe(200);
  expect(counted.reads).toBe(1);
});
