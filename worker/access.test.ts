/**
 * Walks every declared route, so that one that is added without protection fails here. A new parameter needs an id in
 * `testing/other-team.ts`, a new body a sample below.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '#protocol/http/problem.ts';
import { MAX_JSON_BODY_BYTES } from '#protocol/limits.ts';
import { roleAtLeast } from '#protocol/states.ts';
import type { Route } from './http/route.ts';
import { allRoutes } from './routes.ts';
import { agentBody } from './testing/agent-body.ts';
import { fillTeam, type OtherTeam, picture } from './testing/other-team.ts';
import { type Caller, createTestApi } from './testing/test-api.ts';

const api = createTestApi();
let other: OtherTeam;
let owner: Caller;
let viewer: Caller;

beforeAll(async () => {
  other = await fillTeam(api);
  owner = await api.newCaller('owner');
  viewer = await api.newCaller('viewer', owner.team_id);
});

type Samples = Record<string, (ids: Record<string, string>) => Record<string, unknown>>;

/** A right body for each route that takes one, naming things of the other team where it can. */
const samples: Samples = {
  'post /auth/login': () => ({ username: 'nobody', password: 'wrong' }),
  'post /auth/switch-team': () => ({ team_id: other.owner.team_id }),
  'post /tokens': () => ({ name: 'CI' }),
  'post /teams': () => ({ name: 'Team' }),
  'post /members': () => ({ username: 'somebody-new', password: 'long enough it is', role: 'viewer' }),
  'patch /members/{user_id}': () => ({ role: 'operator' }),
  'post /enrollment-tokens': ({ group_id }) => ({ name: 'Token', group_ids: [group_id] }),
  'post /agent/enroll': () => ({ ...agentBody('dxe_unknown') }),
  'patch /hosts/{host_id}': () => ({ name: 'Mine now', labels: {} }),
  'patch /devices/{device_id}': () => ({ name: 'Mine now', labels: {} }),
  'post /devices/{device_id}/lock': () => ({ reason: 'Mine now', expires_in_seconds: 60, steal: true }),
  'post /groups': ({ device_id }) => ({ name: 'Group', device_ids: [device_id] }),
  'patch /groups/{group_id}': () => ({ name: 'Mine now' }),
  'post /groups/{group_id}/members': ({ device_id }) => ({ device_ids: [device_id] }),
  'delete /groups/{group_id}/members': ({ device_id }) => ({ device_ids: [device_id] }),
  'post /software': ({ file_id }) => ({ name: 'tool', package_type: 'deb', file_id }),
  'patch /software/{software_id}': () => ({ name: 'mine-now' }),
  'post /scripts': () => ({ name: 'Mine', interpreter: 'sh', content: 'true' }),
  'patch /scripts/{script_id}': () => ({ name: 'Mine now', interpreter: 'bash', content: 'false' }),
  'post /files/uploads': () => ({ filename: 'a.bin', size: 1 }),
  'patch /team/file-rules': () => ({ refused_extensions: ['exe'], max_file_bytes: 5 }),
  'post /files/uploads/{upload_id}/complete': () => ({ sha256: 'a'.repeat(64) }),
  'post /deployments': ({ device_id }) => ({ action: { kind: 'command', command: 'true' }, device_ids: [device_id] }),
  'post /deployments/plan': ({ device_id }) => ({
    action: { kind: 'command', command: 'true' },
    device_ids: [device_id],
  }),
  'post /deployments/{deployment_id}/retry': () => ({ only: 'failed' }),
  'post /schedules': ({ device_id }) => ({
    action: { kind: 'command', command: 'true' },
    device_ids: [device_id],
    recurrence: { type: 'daily', time: '02:00' },
    timezone: 'Europe/Berlin',
  }),
  'patch /schedules/{schedule_id}': () => ({ name: 'Mine now', overlap: 'skip' }),
  'post /schedules/{schedule_id}/duplicate': () => ({ name: 'Mine now' }),
  // It takes anything in its fields, and says what is wrong with them.
  'post /schedules/preview': () => ({}),
  'patch /team/history-rules': () => ({ keep_days: 1, keep_executions: 10 }),
  'post /notifications/read': ({ notification_id }) => ({ ids: [notification_id] }),
};

/** Bodies of the caller's own making, which name nothing of anybody: they succeed by themselves. */
const harmless = new Set([
  'post /tokens',
  'post /teams',
  'post /members',
  'post /files/uploads',
  'post /scripts',
  'patch /team/file-rules',
  'patch /team/history-rules',
  'post /schedules/preview',
]);

const keyOf = (route: Route): string => `${route.method} ${route.path}`;

const sampleOf = (route: Route): Record<string, unknown> => {
  const sample = samples[keyOf(route)];
  if (sample === undefined) throw new Error(`give a sample body for ${keyOf(route)}`);
  return sample(other.ids);
};

/** What a route cannot do without in its query. */
const queries: Record<string, (ids: Record<string, string>) => string> = {
  'get /deployments/{deployment_id}/compare': ({ deployment_id }) => `?with=${deployment_id}`,
  'get /deployments/{deployment_id}/targets/{target_id}/log/search': () => '?q=text',
};

const pathOf = (route: Route, ids: Record<string, string>): string =>
  `/api${route.path}${queries[keyOf(route)]?.(other.ids) ?? ''}`.replaceAll(
    /\{(\w+)(?:\.\.\.)?\}/g,
    (_whole, name: string) => {
      const id = ids[`${route.tag}.${name}`] ?? ids[name];
      if (id === undefined || id === '') throw new Error(`give an id for {${name}} of ${keyOf(route)}`);
      return id;
    },
  );

/** A socket must be asked for as one. */
const headersOf = (route: Route): Record<string, string> => (isSocket(route) ? { upgrade: 'websocket' } : {});

const callOf = (route: Route) => ({
  headers: headersOf(route),
  ...(route.body === undefined ? {} : { body: sampleOf(route) }),
});

const isSocket = ({ answer }: Route): boolean => answer.status === 101;

const isUnsafe = (route: Route): boolean => isMember(route) && (route.method !== 'get' || isSocket(route));

const methodOf = (route: Route): string => route.method.toUpperCase();

const named = (routes: readonly Route[]): [string, Route][] => routes.map((route) => [keyOf(route), route]);

const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return Problem.parse(await response.json());
};

const isMember = ({ access }: Route): boolean => access !== 'public' && access !== 'agent';
const forMembers = allRoutes.filter(isMember);
const guarded = allRoutes.filter(({ access }) => access !== 'public');
const aboveViewer = allRoutes.filter(
  ({ access }) => access !== 'public' && access !== 'agent' && access !== 'viewer' && roleAtLeast(access, 'viewer'),
);

test('public are only these', () => {
  const open = allRoutes.filter(({ access }) => access === 'public').map(keyOf);
  expect(open.sort()).toEqual([
    'get /agent/bundle',
    'get /agent/install.ps1',
    'get /agent/install.sh',
    'get /docs',
    'get /health',
    'get /openapi.json',
    'get /reports/{token}/{path...}',
    'post /agent/enroll',
    'post /auth/login',
  ]);
});

test('what changes something needs more than the role of a viewer, but for what is one’s own', () => {
  const changing = forMembers.filter(({ method, access }) => method !== 'get' && access === 'viewer').map(keyOf);
  expect(changing.sort()).toEqual([
    'delete /tokens/{token_id}',
    'post /auth/logout',
    'post /auth/switch-team',
    'post /notifications/read',
    'post /schedules/preview',
    'post /teams',
    'post /tokens',
  ]);
});

describe('without a token', () => {
  test.each(named(guarded))('%s answers 401 and changes nothing', async (_name, route) => {
    const before = await picture();
    for (const headers of [{}, { authorization: 'Bearer dxs_unknown' }, { cookie: 'deployx_session=dxs_unknown' }]) {
      const response = await api.request(methodOf(route), pathOf(route, other.ids), {
        ...callOf(route),
        headers: { ...headersOf(route), ...headers },
      });
      // An unsafe request with a cookie must show where it comes from before its cookie is looked up.
      expect((await problemOf(response)).status).toBe('cookie' in headers && isUnsafe(route) ? 403 : 401);
    }
    expect(await picture()).toBe(before);
  });
});

describe('with a viewer’s token', () => {
  test.each(named(aboveViewer))('%s answers 403 and changes nothing', async (_name, route) => {
    const before = await picture();
    const response = await viewer.call(methodOf(route), pathOf(route, other.ids), callOf(route));
    expect(await problemOf(response)).toMatchObject({ status: 403, type: 'auth.role_too_low' });
    expect(await picture()).toBe(before);
  });
});

describe('an owner of one team', () => {
  const withParams = forMembers.filter(({ params }) => params !== undefined);
  const naming = forMembers.filter(
    (route) => route.params === undefined && route.body !== undefined && !harmless.has(keyOf(route)),
  );

  test.each(named(withParams))('%s answers 404 for an id of another team and changes nothing', async (_name, route) => {
    const before = await picture();
    const response = await owner.call(methodOf(route), pathOf(route, other.ids), callOf(route));
    expect((await problemOf(response)).status).toBe(404);
    expect(await picture()).toBe(before);
  });

  test.each(named(withParams))('%s answers 404 for a malformed id', async (_name, route) => {
    const malformed = Object.fromEntries(Object.keys(other.ids).map((name) => [name, "1'%20or%201=1--"]));
    const response = await owner.call(methodOf(route), pathOf(route, malformed), callOf(route));
    expect((await problemOf(response)).status).toBe(404);
  });

  test.each(named(naming))('%s refuses a body that names things of another team', async (_name, route) => {
    const before = await picture();
    const response = await owner.call(methodOf(route), pathOf(route, other.ids), callOf(route));
    expect([404, 422]).toContain((await problemOf(response)).status);
    expect(await picture()).toBe(before);
  });

  const lists = forMembers.filter(
    (route) => route.query !== undefined && route.params === undefined && route.method === 'get' && !isSocket(route),
  );
  test.each(named(lists))('%s lists nothing of another team', async (_name, route) => {
    const { host_id, group_id } = other.ids;
    for (const search of ['', `?host_id=${host_id}&group_id=${group_id}`]) {
      const response = await owner.call('GET', `/api${route.path}${search}`);
      expect(response.status).toBe(200);
      const text = await response.text();
      for (const id of Object.values(other.ids).filter((value) => value.length > 10)) expect(text).not.toContain(id);
    }
  });
});

describe('a body', () => {
  const withBody = allRoutes.filter(({ body }) => body !== undefined);

  const send = (route: Route, body: BodyInit, contentType = 'application/json') =>
    api.send(
      new Request(`https://deployx.test${pathOf(route, other.ids)}`, {
        method: methodOf(route),
        body,
        headers: { authorization: `Bearer ${other.owner.token}`, 'content-type': contentType },
      }),
    );

  test.each(named(withBody))('%s refuses what is not JSON, too large or of another type', async (_name, route) => {
    const before = await picture();
    const sample = JSON.stringify(sampleOf(route));
    for (const text of ['', '{', `${sample}x`, 'undefined']) expect((await send(route, text)).status).toBe(400);
    expect((await send(route, Uint8Array.of(0x22, 0xff, 0x22))).status).toBe(400);
    expect((await send(route, sample, 'text/plain')).status).toBe(415);
    expect((await send(route, sample, 'application/x-www-form-urlencoded')).status).toBe(415);
    expect((await send(route, `"${'x'.repeat(MAX_JSON_BODY_BYTES)}"`)).status).toBe(413);
    expect(await picture()).toBe(before);
  });

  test.each(named(withBody))('%s names the field that is wrong', async (_name, route) => {
    const before = await picture();
    const sample = sampleOf(route);
    const bodies = [
      ...Object.keys(sample).map((key) => [key, { ...sample, [key]: { wrong: [1] } }] as const),
      ['no_such_field', { ...sample, no_such_field: 1 }] as const,
    ];
    for (const [key, body] of bodies) {
      const response = await send(route, JSON.stringify(body));
      const problem = await problemOf(response);
      expect([problem.status, problem.type]).toEqual([400, 'request.invalid']);
      expect(
        problem.errors?.some(({ path }) => path === key || path.startsWith(`${key}.`)),
        `${key}: ${problem.detail}`,
      ).toBe(true);
    }
    for (const body of ['null', '[]', '"text"', '1']) expect((await send(route, body)).status).toBe(400);
    expect(await picture()).toBe(before);
  });
});
