import { env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { newId } from '#protocol/ids.ts';
import { dependencies } from '../dependencies.ts';
import { runScheduled } from '../scheduled.ts';
import { Lab } from '../testing/lab.ts';
import { createTestApi } from '../testing/test-api.ts';

const api = createTestApi();

test('a deployment whose start was lost is started, although the record of another cannot be read', async () => {
  const lab = await Lab.of(api, 1);
  const id = await lab.deploy({});
  await lab.end(0);
  await lab.until(id, { status: 'completed' });
  // As after a crash between the record and the object: the record is there under an id that no object knows.
  const lost = newId('dep', api.ids);
  const long_ago = '2026-01-01T00:00:00.000Z';
  const unreadable = `dep_${'0'.repeat(26)}`;
  await env.DB.batch([
    env.DB.prepare(
      `update deployments set id = ?, status = 'pending', created_at = ?, version = 0, completed = 0, pending = 1 where id = ?`,
    ).bind(lost, long_ago, id),
    env.DB.prepare(
      `update deployment_targets set id = ?, deployment_id = ?, status = 'pending', version = 0 where deployment_id = ?`,
    ).bind(newId('tgt', api.ids), lost, id),
    env.DB.prepare(
      `insert into deployments (id, team_id, name, kind, status, spec, items, created_at, total_targets, pending, strategy, waves)
       values (?, ?, 'x', 'command', 'pending', '{', '[]', ?, 1, 1, 'parallel', 1)`,
    ).bind(unreadable, lab.owner.team_id, long_ago),
  ]);
  const logged: string[] = [];
  await runScheduled(env, { ...dependencies, log: (event) => logged.push(event) });
  expect(logged).toEqual(['deployment.start_failed']);
  await lab.end(0);
  await lab.until(lost, { status: 'completed' });
  await env.DB.prepare('delete from deployments where id = ?').bind(unreadable).run();
});
