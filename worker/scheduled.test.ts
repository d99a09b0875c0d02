import { createExecutionContext, createScheduledController, env, waitOnExecutionContext } from 'cloudflare:test';
import { expect, test } from 'vitest';
import entry from './index.ts';
import { createTestApi } from './testing/test-api.ts';

const api = createTestApi();

test('the cron trigger forgets what has ended and keeps what has not', async () => {
  const viewer = await api.newCaller('viewer');
  const insertSession = (id: string, end: string | null) =>
    env.DB.prepare(
      `insert into sessions (id, kind, token_hash, user_id, team_id, created_at, expires_at) values (?1, 'session', ?1, ?2, ?3, '2026', ?4)`,
    )
      .bind(id, viewer.user_id, viewer.team_id, end)
      .run();
  await insertSession('ended', '2026-01-01T00:00:00.000Z');
  await insertSession('endless', null);
  const insertKey = (key: string, at: string) =>
    env.DB.prepare(`insert into idempotency_keys (key_hash, body_hash, created_at) values (?, 'b', ?)`)
      .bind(key, at)
      .run();
  await insertKey('old', '2026-01-01T00:00:00.000Z');
  await insertKey('new', new Date().toISOString());
  const context = createExecutionContext();
  await entry.scheduled(createScheduledController(), env, context);
  await waitOnExecutionContext(context);
  const ids = await env.DB.prepare("select id from sessions where id in ('ended', 'endless')").raw();
  expect(ids).toEqual([['endless']]);
  expect(await env.DB.prepare('select key_hash from idempotency_keys').raw()).toEqual([['new']]);
  expect((await viewer.call('GET', '/api/auth/me')).status).toBe(200);
});
