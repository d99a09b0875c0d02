import { env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { deleteOldIdempotencyKeys } from '#database/idempotency.repository.ts';
import { newId } from '#protocol/ids.ts';
import { dependencies } from '../dependencies.ts';
import { type Caller, createTestApi, type TestApi } from '../testing/test-api.ts';
import { atLeast } from './access.ts';
import { route } from './route.ts';

const api = createTestApi();

const post = (caller: Caller, key: string, body: object, path = '/api/enrollment-tokens') =>
  caller.call('POST', path, { body, headers: { 'idempotency-key': key } });

const countTokens = (caller: Caller) =>
  env.DB.prepare('select count(*) as total from enrollment_tokens where team_id = ?')
    .bind(caller.team_id)
    .first('total');

test('the same key and body answers with the first result, and makes one thing', async () => {
  const admin = await api.newCaller('admin');
  const first = await post(admin, 'k1', { name: 'A' });
  const second = await post(admin, 'k1', { name: 'A' });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(await second.text()).toBe(await first.text());
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(await countTokens(admin)).toBe(1);
});

test('the same key with another body answers 422 and makes nothing', async () => {
  const admin = await api.newCaller('admin');
  await post(admin, 'k1', { name: 'A' });
  const other = await post(admin, 'k1', { name: 'B' });
  expect(other.status).toBe(422);
  expect(await countTokens(admin)).toBe(1);
});

test('of ten at once with one key one makes it, and the others are told to wait or get its answer', async () => {
  const admin = await api.newCaller('admin');
  const answers = await Promise.all(Array.from({ length: 10 }, () => post(admin, 'k1', { name: 'A' })));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
  expect(statuses).toContain(201);
  expect(await countTokens(admin)).toBe(1);
});

test('a key belongs to its team, its person and its route', async () => {
  const admin = await api.newCaller('admin');
  const colleague = await api.newCaller('admin', admin.team_id);
  const stranger = await api.newCaller('admin');
  const bodies = await Promise.all([
    post(admin, 'k1', { name: 'A' }),
    post(colleague, 'k1', { name: 'A' }),
    post(stranger, 'k1', { name: 'A' }),
    post(admin, 'k1', { name: 'A' }, '/api/groups'),
  ]);
  expect(bodies.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(bodies.some(({ headers }) => headers.has('idempotency-replayed'))).toBe(false);
});

test('after a day the key is free again', async () => {
  const own = createTestApi();
  const admin = await own.newCaller('admin');
  const first = await (await post(admin, 'k1', { name: 'A' })).text();
  own.pass(24 * 3600 + 1);
  const later = await post(admin, 'k1', { name: 'B' });
  expect(later.status).toBe(201);
  expect(await later.text()).not.toBe(first);
});

test('the database has neither the key nor the secret of the answer in the clear', async () => {
  const admin = await api.newCaller('admin');
  const response = await post(admin, 'a-key-to-look-for', { name: 'A' });
  const { token } = z.object({ token: z.string() }).parse(await response.json());
  const rows = await env.DB.prepare(
    'select key_hash, body_hash, cast(answer as text) as answer from idempotency_keys',
  ).all();
  const stored = JSON.stringify(rows.results);
  expect(stored).not.toContain(token);
  expect(stored).not.toContain('a-key-to-look-for');
});

test('a body cannot be told from what the database keeps of it', async () => {
  const admin = await api.newCaller('admin');
  await post(admin, 'k1', { name: 'A guess' });
  await post(admin, 'k2', { name: 'A guess' });
  const { results } = await env.DB.prepare(
    'select body_hash, count(*) as total from idempotency_keys group by body_hash',
  ).all();
  expect(results.every(({ total }) => total === 1)).toBe(true);
});

const flaky = (tries: { count: number }) =>
  route(
    {
      method: 'post',
      path: '/flaky',
      tag: 'test',
      summary: 'Fails first',
      access: atLeast('viewer'),
      body: z.object({}),
      answer: { status: 201, description: 'Made', schema: z.object({ try: z.int() }) },
      creates: true,
    },
    async () => {
      tries.count += 1;
      if (tries.count === 1) throw new Error('not this time');
      return { try: tries.count };
    },
  );

test('a failure of ours leaves the key free for another try', async () => {
  const broken: TestApi = createTestApi({}, [flaky({ count: 0 })]);
  const viewer = await broken.newCaller('viewer');
  expect((await post(viewer, 'k1', {}, '/api/flaky')).status).toBe(500);
  const second = await post(viewer, 'k1', {}, '/api/flaky');
  expect(await second.json()).toEqual({ try: 2 });
  expect(await (await post(viewer, 'k1', {}, '/api/flaky')).json()).toEqual({ try: 2 });
});

test('what was made is answered although its key could not be kept, and a repetition makes no second one', async () => {
  const tries = { count: 1 };
  const failing = createTestApi(
    {
      database: (bindings) => {
        const db = dependencies.database(bindings);
        return new Proxy(db, {
          get: (target, name) => {
            if (name === 'update') throw new Error('D1_ERROR: database is locked');
            const value: unknown = Reflect.get(target, name);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      },
    },
    [flaky(tries)],
  );
  const viewer = await failing.newCaller('viewer');
  expect((await post(viewer, 'k1', {}, '/api/flaky')).status).toBe(201);
  expect((await post(viewer, 'k1', {}, '/api/flaky')).status).toBe(409);
  expect(tries.count).toBe(2);
});

test('what the handler refuses leaves the key free for what is put right', async () => {
  const admin = await api.newCaller('admin');
  const wrong = await post(admin, 'k1', { name: 'A', group_ids: [newId('grp', api.ids)] });
  const right = await post(admin, 'k1', { name: 'A' });
  expect([wrong.status, right.status, right.headers.get('idempotency-replayed')]).toEqual([422, 201, null]);
  expect(await (await post(admin, 'k1', { name: 'A' })).text()).toBe(await right.text());
});

test('a key that is too long answers 400', async () => {
  const admin = await api.newCaller('admin');
  expect((await post(admin, 'k'.repeat(201), { name: 'A' })).status).toBe(400);
});

test('keys older than a day are cleaned away', async () => {
  const admin = await api.newCaller('admin');
  await post(admin, 'to-be-cleaned', { name: 'A' });
  const count = () => env.DB.prepare('select count(*) as total from idempotency_keys').first('total');
  await deleteOldIdempotencyKeys(api.db, api.now());
  expect(await count()).not.toBe(0);
  await deleteOldIdempotencyKeys(api.db, new Date(api.now().getTime() + 49 * 3600 * 1000));
  expect(await count()).toBe(0);
});
