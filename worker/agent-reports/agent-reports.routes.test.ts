import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportAuthorization } from '#durable-objects/host/host-rpc.ts';
import { hostStub } from '#durable-objects/stubs.ts';
import { MAX_REPORT_FILE_BYTES, MAX_REPORT_FILES, Reports } from '#protocol/http/scripts.ts';
import { DeploymentId, type TargetId, TargetId as TargetIdSchema } from '#protocol/ids.ts';
import { newHost } from '../testing/agent-body.ts';
import { type Caller, createTestApi, ORIGIN } from '../testing/test-api.ts';

/** What the host's object says to the next upload. */
let answer: (target: TargetId, attempt: number) => ReportAuthorization;
const api = createTestApi({
  host: (bindings, id) => {
    const stub = hostStub(bindings, id);
    return new Proxy(stub, {
      get: (target, name) =>
        name === 'authorizeReport'
          ? async (request: { target_id: TargetId; attempt: number }) => answer(request.target_id, request.attempt)
          : Reflect.get(target, name),
    });
  },
});

type Target = { deployment: DeploymentId; target: TargetId; host: string };

let owner: Caller;
let target: Target;

/** A target of a team, of which the agent has a job. */
const newTarget = async (caller: Caller): Promise<Target> => {
  const host = await newHost(api, caller);
  const made = await caller.call('POST', '/api/deployments', {
    body: { action: { kind: 'command', command: 'x' }, device_ids: [host.device_id], offline: { policy: 'wait' } },
  });
  const { deployment_id } = await made.json<{ deployment_id: string }>();
  const listed = await caller.call('GET', `/api/deployments/${deployment_id}/targets`);
  const { items } = await listed.json<{ items: { id: string }[] }>();
  return {
    deployment: DeploymentId.parse(deployment_id),
    target: TargetIdSchema.parse(items[0]?.id),
    host: host.host_id,
  };
};

const allow = (caller: Caller, { deployment }: Target) => {
  answer = (target_id, attempt) => ({
    ok: true,
    team_id: caller.team_id,
    deployment_id: deployment,
    target_id,
    attempt,
  });
};

beforeAll(async () => {
  owner = await api.newCaller('owner');
});

const freshTarget = async (): Promise<Target> => {
  target = await newTarget(owner);
  allow(owner, target);
  return target;
};

const proof = () => `e30.${btoa(JSON.stringify({ sub: target.host })).replaceAll('=', '')}.x`;

type Sent = { attempt?: number; headers?: Record<string, string> };

const agentCall = (method: string, search: string, body: BodyInit | null, headers: Record<string, string> = {}) =>
  api.send(
    new Request(`${ORIGIN}/api/agent/reports/${target.target}?${search}`, {
      method,
      body,
      headers: { authorization: `Bearer ${proof()}`, ...headers },
    }),
  );

const put = (path: string, text: string, { attempt = 1, headers = {} }: Sent = {}) => {
  const length = String(new TextEncoder().encode(text).length);
  const query = new URLSearchParams({ path, attempt: String(attempt) });
  return agentCall('PUT', String(query), text, { 'content-length': length, ...headers });
};

const reportsOf = async (caller = owner, { deployment, target: id } = target): Promise<Response> =>
  caller.call('GET', `/api/deployments/${deployment}/targets/${id}/reports`);
const listed = async (): Promise<Reports> => Reports.parse(await (await reportsOf()).json());
const open = (url: string, headers: Record<string, string> = {}) =>
  api.send(new Request(new URL(url, ORIGIN), { headers }));

describe('REP1 a file of a report', () => {
  it('is kept and listed with a link that opens it', async () => {
    await freshTarget();
    expect((await put('nested/über uns.html', '<h1>ok</h1>')).status).toBe(204);
    const { items, omitted } = await listed();
    expect(items).toEqual([
      {
        path: 'nested/über uns.html',
        size: 11,
        content_type: 'text/html; charset=utf-8',
        url: expect.stringMatching(/^\/api\/reports\/[\w.-]+\/nested\/%C3%BCber%20uns\.html$/),
      },
    ]);
    expect(omitted).toBeNull();
    expect(await (await open(items[0]?.url ?? '')).text()).toBe('<h1>ok</h1>');
  });

  it('takes the place of what was there under its path when it is sent again', async () => {
    await freshTarget();
    for (const text of ['one', 'three']) expect((await put('a.txt', text)).status).toBe(204);
    const { items } = await listed();
    expect(items.map(({ path, size }) => [path, size])).toEqual([['a.txt', 5]]);
    expect(await (await open(items[0]?.url ?? '')).text()).toBe('three');
  });

  it('may be empty', async () => {
    await freshTarget();
    expect((await put('empty.log', '')).status).toBe(204);
    const { items } = await listed();
    expect(items[0]?.size).toBe(0);
    expect(await (await open(items[0]?.url ?? '')).text()).toBe('');
  });

  it.each(['', '/etc/passwd', '../a', 'a/../../b', 'a//b', './a', 'a\\b', 'a\nb', 'x'.repeat(513)])(
    'is refused under the path %j',
    async (path) => {
      await freshTarget();
      expect((await put(path, 'x')).status).toBe(400);
      expect((await listed()).items).toEqual([]);
    },
  );

  it('of the newest attempt is shown, and not those of the attempts before', async () => {
    await freshTarget();
    await put('first.txt', '1');
    await put('second.txt', '2', { attempt: 2 });
    expect((await listed()).items.map(({ path }) => path)).toEqual(['second.txt']);
  });
});

describe('REP2 only a host with the job may hand over a report', () => {
  it.each([
    [401, 'agent.clock_skew'],
    [403, 'agent.revoked'],
    [404, 'reports.not_found'],
  ] as const)('the refusal %d of the host is passed on, and nothing is kept', async (status, type) => {
    await freshTarget();
    answer = () => ({ ok: false, status, type, detail: 'because', server_time: '2026-01-01T00:00:00.000Z' });
    const response = await put('a.txt', 'x');
    expect([response.status, (await response.json<{ type: string }>()).type]).toEqual([status, type]);
    expect((await agentCall('POST', 'attempt=1&omitted=all', null)).status).toBe(status);
    expect(await listed()).toMatchObject({ items: [], omitted: null });
  });
});

describe('REP3 a report has bounds', () => {
  it('for the length, which must be known', async () => {
    await freshTarget();
    expect((await put('a.txt', 'x', { headers: { 'content-length': 'many' } })).status).toBe(411);
  });

  it('for the size of a file, before a byte is taken', async () => {
    await freshTarget();
    const length = String(MAX_REPORT_FILE_BYTES + 1);
    expect((await put('a.txt', 'x', { headers: { 'content-length': length } })).status).toBe(413);
  });

  it('for the number of files, of which one that is sent again is none', async () => {
    const { target: id } = await freshTarget();
    const rows = Array.from({ length: MAX_REPORT_FILES }, (_, index) =>
      env.DB.prepare('insert into report_files values (?, ?, 1, ?, 1, ?)').bind(owner.team_id, id, `${index}.txt`, ''),
    );
    await env.DB.batch(rows);
    expect((await put('one-more.txt', 'x')).status).toBe(413);
    expect((await put('7.txt', 'x')).status).toBe(204);
  });

  it('for the size of all together', async () => {
    const { target: id } = await freshTarget();
    await env.DB.prepare('insert into report_files values (?, ?, 1, ?, ?, ?)')
      .bind(owner.team_id, id, 'large.bin', 100 * 1024 * 1024 - 3, '')
      .run();
    expect((await put('a.txt', 'four')).status).toBe(413);
    expect((await put('a.txt', 'xxx')).status).toBe(204);
  });
});

describe('REP4 what was left out', () => {
  it('is told with the report, also when nothing is left of it', async () => {
    await freshTarget();
    const omitted = '3 files were left out';
    expect((await agentCall('POST', String(new URLSearchParams({ attempt: '1', omitted })), null)).status).toBe(204);
    expect(await listed()).toMatchObject({ items: [], omitted });
  });
});

describe('a link to a report', () => {
  const linkTo = async (path: string, text: string): Promise<string> => {
    await freshTarget();
    await put(path, text);
    const { items } = await listed();
    return items[0]?.url ?? '';
  };

  it('opens in a sandbox of no origin, without the session, and is not guessed at by its bytes', async () => {
    const url = await linkTo('index.html', '<script>top.location = "/"</script>');
    const response = await open(url);
    const headers = Object.fromEntries(response.headers);
    expect(headers['content-security-policy']).toMatch(/^sandbox allow-scripts;/);
    expect(headers['content-security-policy']).not.toContain('allow-same-origin');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(response.headers.has('set-cookie')).toBe(false);
  });

  it('opens what lies beside it, so that relative links in a report work', async () => {
    const url = await linkTo('index.html', '<img src="img/a.png">');
    await put('img/a.png', 'png');
    const response = await open(String(new URL('img/a.png', new URL(url, ORIGIN))));
    expect([await response.text(), response.headers.get('content-type')]).toEqual(['png', 'image/png']);
  });

  it('opens nothing after an hour', async () => {
    const url = await linkTo('a.txt', 'x');
    api.pass(3590);
    expect((await open(url)).status).toBe(200);
    api.pass(11);
    expect((await open(url)).status).toBe(404);
  });

  it('opens nothing when it was changed, and nothing of another target', async () => {
    const url = await linkTo('a.txt', 'x');
    const [, , , token = ''] = url.split('/');
    const [header, claims = '', signature] = token.split('.');
    const forged = btoa(atob(claims).replace(target.target, `tgt_${'0'.repeat(26)}`)).replaceAll('=', '');
    for (const bad of [`${header}.${forged}.${signature}`, `${header}.${claims}.`, 'x', `${token}x`])
      expect((await open(url.replace(token, bad))).status).toBe(404);
    expect((await open(url.replace('a.txt', '%2e%2e/a.txt'))).status).toBe(404);
    expect((await open(url.replace('a.txt', 'b.txt'))).status).toBe(404);
  });

  it('is given to nobody of another team', async () => {
    await linkTo('a.txt', 'x');
    expect((await reportsOf(await api.newCaller('owner'))).status).toBe(404);
    expect((await reportsOf(await api.newCaller('viewer', owner.team_id))).status).toBe(200);
  });
});
