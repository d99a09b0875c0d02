import { env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { Stats } from '#protocol/http/stats.ts';
import { newId } from '#protocol/ids.ts';
import { newHost } from '../testing/agent-body.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const api = createTestApi();

const stats = async (caller: Caller) => Stats.parse(await (await caller.call('GET', '/api/stats')).json());

const insertDeployment = (caller: Caller, status: string, seconds: number | null) => {
  const start = Date.parse('2026-01-01T00:00:00.000Z');
  const end = seconds === null ? null : new Date(start + seconds * 1000).toISOString();
  return env.DB.prepare(
    `insert into deployments (id, team_id, name, kind, status, spec, items, created_at, started_at, ended_at, total_targets, pending, strategy, waves)
     values (?, ?, 'd', 'command', ?, '{}', '[]', ?, ?, ?, 1, 0, 'parallel', 1)`,
  )
    .bind(
      newId('dep', api.ids),
      caller.team_id,
      status,
      new Date(start).toISOString(),
      new Date(start).toISOString(),
      end,
    )
    .run();
};

test('an empty team has zeros, and nothing that cannot be known', async () => {
  const viewer = await api.newCaller('viewer');
  expect(await stats(viewer)).toEqual({
    hosts: { total: 0, online: 0 },
    devices: { total: 0, locked: 0 },
    deployments: {
      total: 0,
      in_progress: 0,
      completed: 0,
      failed: 0,
      partial: 0,
      canceled: 0,
      success_rate: null,
      avg_duration_seconds: null,
    },
    schedules: { active: 0, paused: 0 },
    files: { total: 0, bytes: 0 },
  });
});

test('hosts, devices and deployments are counted, and only the team’s own', async () => {
  const [admin, stranger] = [await api.newCaller('admin'), await api.newCaller('admin')];
  await newHost(api, admin);
  await newHost(api, admin);
  await newHost(api, stranger);
  await insertDeployment(stranger, 'completed', 1);
  await insertDeployment(admin, 'completed', 10);
  await insertDeployment(admin, 'completed', 20);
  await insertDeployment(admin, 'failed', 30);
  await insertDeployment(admin, 'canceled', 40);
  await insertDeployment(admin, 'in_progress', null);
  const counted = await stats(admin);
  expect(counted.hosts.total).toBe(2);
  expect(counted.devices.total).toBe(2);
  expect(counted.deployments).toEqual({
    total: 5,
    in_progress: 1,
    completed: 2,
    failed: 1,
    partial: 0,
    canceled: 1,
    success_rate: 66.7,
    avg_duration_seconds: 25,
  });
});

test('locks are unknown when the TeamObject does not answer', async () => {
  const silent = createTestApi({
    team: () => {
      throw new Error('down');
    },
  });
  const viewer = await silent.newCaller('viewer');
  expect((await stats(viewer)).devices).toEqual({ total: 0, locked: null });
});
