import { env, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { DeploymentObject } from '#durable-objects/deployment/deployment-object.ts';
import { DeploymentId, newId } from '#protocol/ids.ts';
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

test('a deployment whose alarm was lost between two waves goes on', async () => {
  const lab = await Lab.of(api, 2);
  const id = await lab.deploy({ strategy: { type: 'canary', canary_size: 1, bake_seconds: 3600 } });
  await lab.end(0);
  await lab.until(id, { gate: { kind: 'pause' } });
  const past = { kind: 'pause' as const, until: Date.now() - 60_000 };
  await runInDurableObject(env.DEPLOYMENT.getByName(DeploymentId.parse(id)), async (instance, state) => {
    if (!(instance instanceof DeploymentObject)) throw new Error('a deployment');
    await instance.core.record();
    instance.core.store.setState({ ...instance.core.store.state(), gate: past });
    await state.storage.deleteAlarm();
  });
  const gate = JSON.stringify({ ...past, until: new Date(past.until).toISOString() });
  await env.DB.prepare('update deployments set gate = ? where id = ?').bind(gate, id).run();
  await runScheduled(env, dependencies);
  await lab.end(1);
  await lab.until(id, { status: 'completed' });
});
