import { createScheduledController, env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { openDatabase } from '#database/database.ts';
import { insertNotification } from '#database/notifications.repository.ts';
import { keepPlan } from '#database/plans.repository.ts';
import { newId } from '#protocol/ids.ts';
import { dependencies } from './dependencies.ts';
import entry from './index.ts';
import { runScheduled } from './scheduled.ts';
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
  const plan = (hash: string, at: string) => keepPlan(api.db, viewer.team_id, hash, '{}', at);
  await api.db.batch([plan('old', '2026-01-01T00:00:00.000Z'), plan('new', new Date().toISOString())]);
  const tell = (cause: string, at: number) =>
    insertNotification(api.db, viewer.team_id, {
      id: newId('ntf', api.ids),
      user_id: viewer.user_id,
      kind: 'reservation_taken',
      title: cause,
      text: '',
      link: null,
      cause,
      created_at: new Date(at).toISOString(),
    });
  const kept = 90 * 86_400_000;
  await api.db.batch([tell('old', Date.now() - kept - 1000), tell('new', Date.now() - kept + 60_000)]);
  await entry.scheduled(createScheduledController(), env);
  const ids = await env.DB.prepare("select id from sessions where id in ('ended', 'endless')").raw();
  expect(ids).toEqual([['endless']]);
  expect(await env.DB.prepare('select key_hash from idempotency_keys').raw()).toEqual([['new']]);
  expect(await env.DB.prepare('select hash from deployment_plans').raw()).toEqual([['new']]);
  expect(await env.DB.prepare('select cause from notifications').raw()).toEqual([['new']]);
  expect((await viewer.call('GET', '/api/auth/me')).status).toBe(200);
});

test('a job that fails stops no other', async () => {
  const logged: string[] = [];
  const failing = {
    ...dependencies,
    database: () => {
      const db = openDatabase(env.DB);
      return new Proxy(db, {
        get: (target, key, receiver) =>
          key === 'delete' && logged.length === 0 ? undefined : Reflect.get(target, key, receiver),
      });
    },
    log: (event: string) => logged.push(event),
  };
  const viewer = await api.newCaller('viewer');
  await env.DB.prepare('update sessions set expires_at = ? where user_id = ?').bind('2026', viewer.user_id).run();
  await runScheduled(env, failing);
  expect(logged).toContain('scheduled.failed');
  expect(await env.DB.prepare('select id from sessions where user_id = ?').bind(viewer.user_id).raw()).toEqual([]);
});
