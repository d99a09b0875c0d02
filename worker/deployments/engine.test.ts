/** Strategies, plans, retries and rollbacks through the API, with the real objects and agents that a test plays. */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ActiveColors,
  Comparison,
  CreatedDeployment,
  Deployment,
  DeploymentPlan,
  Progress,
  RollbackPreview,
  Waves,
} from '#protocol/http/deployments.ts';
import { pageOf } from '#protocol/http/page.ts';
import { Problem } from '#protocol/http/problem.ts';
import { command, Lab, read, WITHIN } from '../testing/lab.ts';
import { createTestApi } from '../testing/test-api.ts';

const api = createTestApi();
const MadeId = z.object({ id: z.string() });

describe('a rolling deployment', () => {
  it('goes wave by wave, and shows each', async () => {
    const lab = await Lab.of(api, 3);
    const id = await lab.deploy({ strategy: { type: 'rolling', batch_size: 2 } });
    await lab.end(0);
    await lab.until(id, { wave: 1, waves: 2, strategy: 'rolling', completed: 1, running: 1, pending: 1 });
    const { items } = await lab.get(Waves, `/deployments/${id}/waves`);
    expect(items).toMatchObject([
      { wave: 1, status: 'running', completed: 1, running: 1 },
      { wave: 2, status: 'waiting', pending: 1 },
    ]);
    const progress = await lab.get(Progress, `/deployments/${id}/progress`);
    expect(progress.targets.map(({ wave, waiting_for }) => [wave, waiting_for]).toSorted()).toContainEqual([
      2,
      'wave 2 of 2',
    ]);
    await lab.end(1);
    await lab.end(2);
    await lab.until(id, { status: 'completed', completed: 3 });
    // The same from the record.
    const recorded = await lab.get(Waves, `/deployments/${id}/waves`);
    expect(recorded.items.map(({ status, completed }) => [status, completed])).toEqual([
      ['done', 2],
      ['done', 1],
    ]);
  });

  it('waits between waves by the clock of its object', async () => {
    const lab = await Lab.of(api, 2);
    const id = await lab.deploy({ strategy: { type: 'rolling', batch_size: 1, pause_seconds: 1 } });
    await lab.end(0);
    await lab.until(id, { gate: { kind: 'pause' } });
    await lab.end(1);
    await lab.until(id, { status: 'completed', gate: null });
  });
});

describe('a canary', () => {
  it('that fails leaves all others untouched', async () => {
    const lab = await Lab.of(api, 3);
    const id = await lab.deploy({ strategy: { type: 'canary', canary_size: 1 } });
    await lab.fail(0);
    await lab.until(id, { status: 'failed', failed: 1, skipped: 2, stop_reason: 'stopped: more than 0 failures' });
  });

  it('that is well waits for a person, who lets the others go', async () => {
    const lab = await Lab.of(api, 2);
    const id = await lab.deploy({ strategy: { type: 'canary', canary_percent: 10, promote: 'manual' } });
    expect((await lab.post(`/deployments/${id}/promote`)).status).toBe(409);
    await lab.end(0);
    await lab.until(id, { gate: { kind: 'promotion' }, wave: 1 });
    await read(Deployment, await lab.post(`/deployments/${id}/promote`));
    await lab.end(1);
    await lab.until(id, { status: 'completed' });
  });
});

describe('pause and resume', () => {
  it('hold back what has not gone, and let it go', async () => {
    const lab = await Lab.of(api, 2);
    const id = await lab.deploy({ strategy: { type: 'parallel', max_concurrency: 1 } });
    expect(await read(Deployment, await lab.post(`/deployments/${id}/pause`))).toMatchObject({ status: 'paused' });
    await lab.end(0);
    await lab.until(id, { status: 'paused', completed: 1, pending: 1 });
    expect((await read(Problem, await lab.post(`/deployments/${id}/pause`), 409)).type).toBe('deployments.not_paused');
    await read(Deployment, await lab.post(`/deployments/${id}/resume`));
    await lab.end(1);
    await lab.until(id, { status: 'completed' });
  });
});

describe('blue and green', () => {
  const pair = async (lab: Lab) => {
    const group = async (name: string, device_id: string | undefined) => {
      const response = await lab.post('/groups', { name, device_ids: [device_id] });
      const { id } = await read(MadeId, response, 201);
      return id;
    };
    return { blue: await group('blue', lab.devices[0]), green: await group('green', lab.devices[1]) };
  };

  it('deploys to the idle side, switches both, and remembers which one serves', async () => {
    const lab = await Lab.of(api, 2);
    const { blue, green } = await pair(lab);
    const strategy = {
      type: 'blue_green',
      blue_group_id: blue,
      green_group_id: green,
      promote: 'manual',
      switch: { command: 'switch' },
    };
    const spec = { device_ids: [], strategy };
    const plan = await read(DeploymentPlan, await lab.post('/deployments/plan', { action: command(), ...spec }));
    expect(plan.blue_green).toMatchObject({ active: 'blue', idle: 'green', group_id: green });
    const first = await lab.deploy(spec);
    expect((await lab.end(1)).action).toMatchObject({ command: 'uptime' });
    await lab.until(first, { gate: { kind: 'promotion' } });
    expect((await lab.get(ActiveColors, '/blue-green')).items).toEqual([]);
    await lab.post(`/deployments/${first}/promote`);
    const switches = await Promise.all([lab.end(0), lab.end(1)]);
    expect(switches.map(({ action }) => action)).toMatchObject([
      { command: 'switch', env: { DEPLOYX_COLOR: 'blue', DEPLOYX_ACTIVE_COLOR: 'green' } },
      { command: 'switch', env: { DEPLOYX_COLOR: 'green', DEPLOYX_ACTIVE_COLOR: 'green' } },
    ]);
    await lab.until(first, { status: 'completed' });
    const active = async () => (await lab.get(ActiveColors, '/blue-green')).items[0]?.active;
    await expect.poll(active, WITHIN).toBe('green');

    // The next one goes to the other side, and its rollback back again: the switch first.
    const second = await lab.deploy({
      ...spec,
      strategy: { ...strategy, promote: 'auto' },
      action: command('v2', { undo: { command: 'v1' } }),
    });
    expect((await lab.end(0)).action).toMatchObject({ command: 'v2' });
    await Promise.all([lab.end(0), lab.end(1)]);
    await lab.until(second, { status: 'completed' });
    await expect.poll(active, WITHIN).toBe('blue');
    const back = await read(CreatedDeployment, await lab.post(`/deployments/${second}/rollback`), 201);
    const switchedBack = await Promise.all([lab.end(0), lab.end(1)]);
    expect(switchedBack.map(({ action }) => action)).toMatchObject([
      { command: 'switch', env: { DEPLOYX_ACTIVE_COLOR: 'green' } },
      { command: 'switch', env: { DEPLOYX_ACTIVE_COLOR: 'green' } },
    ]);
    expect((await lab.end(0)).action).toMatchObject({ command: 'v1' });
    await lab.until(back.deployment_id, { status: 'completed' });
    await expect.poll(active, WITHIN).toBe('green');
  });

  it('refuses a second deployment between two groups while one goes on', async () => {
    const lab = await Lab.of(api, 2);
    const { blue, green } = await pair(lab);
    const spec = { device_ids: [], strategy: { type: 'blue_green', blue_group_id: blue, green_group_id: green } };
    const first = await lab.deploy(spec);
    const problem = await read(Problem, await lab.post('/deployments', { action: command(), ...spec }), 422);
    expect(problem.detail).toBe(`strategy: ${first} goes on between these two groups`);
    await lab.end(1);
    await lab.until(first, { status: 'completed' });
  });

  it('refuses a device that is on both sides, and an empty side', async () => {
    const lab = await Lab.of(api, 2);
    const { blue } = await pair(lab);
    const { id: empty } = await read(MadeId, await lab.post('/groups', { name: 'empty' }), 201);
    const both = await read(MadeId, await lab.post('/groups', { name: 'both', device_ids: [lab.devices[0]] }), 201);
    for (const [green_group_id, message] of [
      [empty, 'strategy.green_group_id: the group is empty'],
      [both.id, 'strategy.green_group_id: lab-0 is in both groups: each device has one side'],
    ]) {
      const strategy = { type: 'blue_green', blue_group_id: blue, green_group_id };
      const problem = await read(Problem, await lab.post('/deployments', { action: command(), strategy }), 422);
      expect(problem.detail).toBe(message);
    }
  });
});

describe('a retry', () => {
  it('takes the failed targets alone, or all that did not complete, and names its parent', async () => {
    const lab = await Lab.of(api, 3);
    const id = await lab.deploy({ strategy: { type: 'parallel', max_concurrency: 1, max_failures: 0 } });
    await lab.end(0);
    await lab.fail(1);
    await lab.until(id, { status: 'partial', completed: 1, failed: 1, skipped: 1 });
    const failed = await read(CreatedDeployment, await lab.post(`/deployments/${id}/retry`, { only: 'failed' }), 201);
    expect(failed.deployment).toMatchObject({ total_targets: 1, parent: { id, relation: 'retry' } });
    await lab.end(1);
    await lab.until(failed.deployment_id, { status: 'completed' });
    const rest = await read(CreatedDeployment, await lab.post(`/deployments/${id}/retry`, { only: ['skipped'] }), 201);
    await lab.end(2);
    await lab.until(rest.deployment_id, { status: 'completed', total_targets: 1 });
    const children = await lab.get(pageOf(Deployment.omit({ spec: true })), `/deployments?parent=${id}`);
    expect(children.items.map((child) => child.id).toSorted()).toEqual(
      [failed.deployment_id, rest.deployment_id].toSorted(),
    );
    const none = await read(Problem, await lab.post(`/deployments/${failed.deployment_id}/retry`), 422);
    expect(none.type).toBe('deployments.nothing_to_retry');
  });

  it('is refused while the deployment goes on', async () => {
    const lab = await Lab.of(api, 1);
    const id = await lab.deploy({});
    expect((await lab.post(`/deployments/${id}/retry`)).status).toBe(409);
    await lab.end(0);
  });
});

describe('a rollback', () => {
  it('says first what it can and cannot undo, then undoes it in a deployment of its own', async () => {
    const lab = await Lab.of(api, 2);
    const id = await lab.deploy({ action: command('install', { undo: { command: 'remove' } }) });
    const jobs = await Promise.all([lab.end(0), lab.end(1)]);
    await lab.until(id, { status: 'completed' });
    const preview = await lab.get(RollbackPreview, `/deployments/${id}/rollback`);
    expect(preview).toMatchObject({ possible: 2, impossible: 0 });
    expect(preview.items[0]).toMatchObject({ possible: true, text: 'runs remove' });
    const back = await read(CreatedDeployment, await lab.post(`/deployments/${id}/rollback`), 201);
    expect(back.deployment).toMatchObject({ parent: { id, relation: 'rollback' }, name: 'Roll back Run install' });
    const undone = await Promise.all([lab.end(0), lab.end(1)]);
    expect(undone.map(({ action, undoes }) => [action.kind === 'command' && action.command, undoes])).toEqual(
      jobs.map(({ target_id }) => ['remove', target_id]),
    );
    await lab.until(back.deployment_id, { status: 'completed' });
    const again = await lab.get(RollbackPreview, `/deployments/${back.deployment_id}/rollback`);
    expect(again.refused).toMatch(/^deployment is a rollback itself/);
    expect((await lab.post(`/deployments/${back.deployment_id}/rollback`)).status).toBe(409);
  });

  it('is refused when nothing can be undone', async () => {
    const lab = await Lab.of(api, 1);
    const id = await lab.deploy({});
    await lab.end(0);
    await lab.until(id, { status: 'completed' });
    const { refused } = await lab.get(RollbackPreview, `/deployments/${id}/rollback`);
    expect(refused).toBe('nothing of it can be undone');
    expect((await lab.post(`/deployments/${id}/rollback`)).status).toBe(409);
  });

  it('begins by itself when the error budget is passed, and takes back what had an effect', async () => {
    const lab = await Lab.of(api, 3);
    const id = await lab.deploy({
      action: command('install', { undo: { command: 'remove' } }),
      strategy: { type: 'rolling', batch_size: 1, max_failures: 0 },
      rollback_on_failure: true,
    });
    await lab.end(0);
    await lab.fail(1);
    await lab.until(id, { status: 'partial', skipped: 1 });
    const { rollback_id } = await lab.deployment(id);
    expect(rollback_id).not.toBeNull();
    expect((await lab.end(0)).action).toMatchObject({ command: 'remove' });
    expect((await lab.end(1)).action).toMatchObject({ command: 'remove' });
    await lab.until(rollback_id ?? '', { status: 'completed', total_targets: 2, parent: { id, relation: 'rollback' } });
  });

  it('that cannot begin by itself says so in the deployment that wanted it', async () => {
    const lab = await Lab.of(api, 1);
    const id = await lab.deploy({ rollback_on_failure: true });
    await lab.fail(0);
    await lab.until(id, { rollback_id: null, stop_reason: 'not rolled back: nothing of it can be undone' });
  });
});

describe('a plan', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.of(api, 3);
  });

  const plan = async (spec: Record<string, unknown>) =>
    read(DeploymentPlan, await lab.post('/deployments/plan', { action: command(), device_ids: lab.devices, ...spec }));

  it('tells waves, what hosts cannot do, and what can be undone, and starts nothing', async () => {
    await expect.poll(async () => (await plan({})).offline, WITHIN).toEqual([]);
    const made = await plan({ action: command('x', { shell: 'bash' }), strategy: { type: 'canary', canary_size: 1 } });
    expect(made).toMatchObject({ total_targets: 3, items: ['x'], offline: [], locked: [], disk_needed_bytes: 0 });
    expect(made.waves.map(({ devices }) => devices.length)).toEqual([1, 2]);
    expect(made.missing_capabilities.map(({ missing }) => missing)).toContain('x: has no shell bash');
    expect(made.undo.possible).toBe(false);
    const list = await lab.get(pageOf(Deployment.omit({ spec: true })), '/deployments');
    expect(list.items).toEqual([]);
  });

  it('that still holds lets the deployment start, and estimates from what was', async () => {
    const { plan_hash } = await plan({});
    await lab.deploy({ plan_hash });
    await Promise.all([lab.end(0), lab.end(1), lab.end(2)]);
    await expect.poll(async () => (await plan({})).estimated_seconds, WITHIN).not.toBeNull();
    expect((await plan({})).plan_hash).toBe(plan_hash);
  });

  it('that has changed refuses it with the difference', async () => {
    const { plan_hash } = await plan({ device_ids: lab.devices.slice(0, 2) });
    const body = { action: command(), device_ids: lab.devices, plan_hash };
    const problem = await read(Problem, await lab.post('/deployments', body), 409);
    expect(problem).toMatchObject({
      type: 'deployments.plan_changed',
      errors: [{ path: 'devices', message: 'added: lab-2' }],
    });
    const other = await lab.post('/deployments', { ...body, plan_hash: 'f'.repeat(64) });
    expect((await read(Problem, other, 409)).errors?.[0]?.path).toBe('plan_hash');
  });
});

describe('a comparison', () => {
  it('tells what differs in the specs and how it went', async () => {
    const lab = await Lab.of(api, 2);
    const before = await lab.deploy({});
    await Promise.all([lab.end(0), lab.fail(1)]);
    await lab.until(before, { status: 'partial' });
    const after = await lab.deploy({ timeout_seconds: 5 });
    await Promise.all([lab.fail(0), lab.end(1)]);
    await lab.until(after, { status: 'partial' });
    const comparison = await lab.get(Comparison, `/deployments/${after}/compare?with=${before}`);
    expect(comparison.spec).toEqual([{ path: 'timeout_seconds', before: '600', after: '5' }]);
    expect(comparison.targets.map(({ change }) => change).toSorted()).toEqual(['broken', 'fixed']);
  });
});
