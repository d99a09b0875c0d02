import { expect, test } from 'vitest';
import { z } from 'zod';
import { createTestApi } from '../testing/test-api.ts';
import { anyone } from './access.ts';
import { route } from './route.ts';

const api = createTestApi();

test('an unknown path answers 404 as a problem', async () => {
  const response = await api.request('GET', '/api/nothing/here');
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ type: 'request.unknown_path', status: 404, title: 'Not found' });
});

test('a known path with another method answers 405 with the methods that it takes', async () => {
  const response = await api.request('PUT', '/api/groups');
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, POST');
});

test('a query that is wrong answers 400 with the parameter’s name; an empty one counts as none', async () => {
  const viewer = await api.newCaller('viewer');
  for (const [query, path] of [
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=many', 'limit'],
    ['status=sleepy', 'status'],
  ]) {
    const response = await viewer.call('GET', `/api/hosts?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ path }] });
  }
  expect((await viewer.call('GET', '/api/hosts?status=&q=&label=&limit=&cursor=')).status).toBe(200);
});

const plain = { method: 'get', path: '/answers', tag: 'test', summary: 'Answers', access: anyone } as const;

const failing = route(
  {
    method: 'get',
    path: '/fails',
    tag: 'test',
    summary: 'Fails',
    access: anyone,
    answer: { status: 200, description: 'Never', schema: z.object({}) },
  },
  async () => {
    throw new Error('the database password is hunter2');
  },
);

test('a failure tells the client an id and nothing else, and the log the rest', async () => {
  const broken = createTestApi({}, [failing]);
  const response = await broken.request('GET', '/api/fails');
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(text).not.toMatch(/hunter2|stack|\.ts/);
  const id = response.headers.get('x-request-id') ?? 'none';
  expect(text).toContain(id);
  expect(broken.logged).toMatchObject([['request.failed', { request_id: id, path: '/api/fails' }]]);
  expect(JSON.stringify(broken.logged)).toContain('hunter2');
});

test.each([
  ['more than', { id: 'a', secret: 'b' }],
  ['less than', {}],
])('a test fails on an answer that has %s what its schema declares', async (_how, answer) => {
  const schema = z.object({ id: z.string().default('') });
  const answering = route({ ...plain, answer: { status: 200, description: 'It', schema } }, async () => answer);
  expect((await createTestApi({}, [answering]).request('GET', '/api/answers')).status).toBe(500);
});

test('answers are neither sniffed nor kept', async () => {
  const viewer = await api.newCaller('viewer');
  for (const path of ['/api/groups', '/api/nothing']) {
    const { headers } = await viewer.call('GET', path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('a body without a length is cut off where it is too large', async () => {
  const operator = await api.newCaller('operator');
  const chunk = new TextEncoder().encode('x'.repeat(64 * 1024));
  const sent = { chunks: 0 };
  const body = new ReadableStream({
    pull: (controller) => {
      sent.chunks += 1;
      controller.enqueue(chunk);
    },
  });
  const headers = { authorization: `Bearer ${operator.token}`, 'content-type': 'application/json' };
  const response = await api.send(new Request('https://deployx.test/api/groups', { method: 'POST', body, headers }));
  expect(response.status).toBe(413);
  expect(sent.chunks).toBeLessThan(32);
});

test('a broken database is answered, not shown', async () => {
  const down = createTestApi({
    database: () => {
      throw new Error('D1_ERROR: no such place');
    },
  });
  const response = await down.request('GET', '/api/groups');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('D1_ERROR');
});
