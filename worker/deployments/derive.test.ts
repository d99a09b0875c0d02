/** What retries and rollbacks take over from the deployments that they come from, when that is less simple than all of it. */
import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Job } from '#protocol/agent/job.ts';
import { ActiveColors, CreatedDeployment, DeploymentSummary, RollbackPreview } from '#protocol/http/deployments.ts';
import { pageOf } from '#protocol/http/page.ts';
import { Problem } from '#protocol/http/problem.ts';
import { command, Lab, read, WITHIN } from '../testing/lab.ts';
import { createTestApi, ORIGIN } from '../testing/test-api.ts';

const api = createTestApi();
const children = pageOf(DeploymentSummary);
const MadeId = z.object({ id: z.string() });

const packages = (...names: string[]) => ({
  kind: 'software',
  custom_software: names.map((name) => ({ name, package_type: 'apt' })),
});

const nameOf = ({ action }: Job): string => {
  if (action.kind === 'software') return action.name;
  return action.kind === 'undo' && action.action.kind === 'software' ? `undo ${action.action.name}` : action.kind;
};

const NAMES = ['aa', 'bb', 'cc', 'dd', 'ee', 'ff'];

const group = async (lab: Lab, name: string, devices: (string | undefined)[]) =>
  (await read(MadeId, await lab.post('/groups', { name, device_ids: devices }), 201)).id;

describe('several items on one device', () => {
  it('are retried in their order, and rolled back in the opposite one', async () => {
    const lab = await Lab.of(api, 1);
    const id = await lab.deploy({ action: packages(...NAMES) });
    const first: string[] = [];
    for (const _ of NAMES) first.push(nameOf(await lab.fail(0)));
    expect(first).toEqual(NAMES);
    await lab.until(id, { status: 'failed' });
    const retried = await read(CreatedDeployment, await lab.post(`/deployments/${id}/retry`), 201);
    const again: string[] = [];
    for (const _ of NAMES) again.push(nameOf(await lab.end(0, { undo: { possible: true, text: 'removes it' } })));
    expect(again).toEqual(NAMES);
    await lab.until(retried.deployment_id, { status: 'completed' });
    await read(CreatedDeployment, await lab.post(`/deployments/${retried.deployment_id}/rollback`), 201);
    const back: string[] = [];
    for (const _ of NAMES) back.push(nameOf(await lab.end(0)));
    expect(back).toEqual(NAMES.toReversed().map((name) => `undo ${name}`));
  });
});

describe('a rollback', () => {
  it('is not begun a second time while one goes on or when one has completed', async () => {
    const lab = await Lab.of(api, 1);
    const id = await lab.deploy({ action: command('install', { undo: { command: 'remove' } }) });
    await lab.end(0);
    await lab.until(id, { status: 'completed' });
    const back = await read(CreatedDeployment, await lab.post(`/deployments/${id}/rollback`), 201);
    const refused = await read(Problem, await lab.post(`/deployments/${id}/rollback`), 409);
    expect(refused.detail).toBe(`This cannot be rolled back: ${back.deployment_id} rolls it back already.`);
    await lab.end(0);
    await lab.until(back.deployment_id, { status: 'completed' });
    const preview = await lab.get(RollbackPreview, `/deployments/${id}/rollback`);
    expect(preview.refused).toBe(`${back.deployment_id} has rolled it back already`);
    expect((await lab.post(`/deployments/${id}/rollback`)).status).toBe(409);
  });
});

describe('a rollback that begins by itself', () => {
  it('is one, also when its deployment forgets in a crash that it began', async () => {
    const lab = await Lab.of(api, 1);
    const action = command('install', { undo: { command: 'remove' } });
    const id = await lab.deploy({ action, rollback_on_failure: true });
    await lab.fail(0);
    expect((await lab.end(0)).action).toMatchObject({ command: 'remove' });
    const rollbacks = async () => (await lab.get(children, `/deployments?parent=${id}`)).items;
    await expect.poll(rollbacks, WITHIN).toMatchObject([{ status: 'completed' }]);
    const stub = env.DEPLOYMENT.getByName(id);
    const FollowUp = z.object({ id: z.string(), started: z.boolean(), refused: z.null() });
    const followUp = () =>
      runInDurableObject(stub, (_instance, state) => FollowUp.parse(state.storage.kv.get('follow_up')));
    const forgotten = { ...(await followUp()), started: false };
    await runInDurableObject(stub, async (_instance, state) => {
      state.storage.kv.put('follow_up', forgotten);
      await state.storage.setAlarm(Date.now() + 60_000);
    });
    await evictDurableObject(stub);
    await runDurableObjectAlarm(stub);
    await expect.poll(async () => (await followUp()).started, WITHIN).toBe(true);
    expect(await rollbacks()).toHaveLength(1);
    expect((await lab.deployment(id)).rollback_id).toBe((await rollbacks())[0]?.id);
  });
});

describe('a retry', () => {
  it('of files that were deleted since is refused', async () => {
    const lab = await Lab.of(api, 1);
    const headers = { authorization: `Bearer ${lab.owner.token}`, 'content-type': 'application/octet-stream' };
    const upload = new Request(`${ORIGIN}/api/files?filename=a.txt`, { method: 'POST', body: 'text', headers });
    const uploaded = await api.send(upload);
    const file = await read(MadeId, uploaded, 201);
    const id = await lab.deploy({ action: { kind: 'files', file_ids: [file.id], destination: '/opt/a.txt' } });
    await lab.fail(0);
    await lab.until(id, { status: 'failed' });
    expect((await lab.owner.call('DELETE', `/api/files/${file.id}`)).status).toBe(204);
    const problem = await read(Problem, await lab.post(`/deployments/${id}/retry`), 422);
    expect(problem.detail).toContain('1 of the files that it needs were deleted');
  });
});

describe('blue and green', () => {
  const setUp = async (extra: Record<string, unknown> = {}) => {
    const lab = await Lab.of(api, 3);
    const blue_group_id = await group(lab, 'blue', [lab.devices[0]]);
    const green_group_id = await group(lab, 'green', lab.devices.slice(1));
    const strategy = { type: 'blue_green', blue_group_id, green_group_id, switch: { command: 'switch' }, ...extra };
    const spec = { device_ids: [], strategy, action: command('v1', { undo: { command: 'v0' } }) };
    const active = async () => (await lab.get(ActiveColors, '/blue-green')).items[0]?.active ?? null;
    return { lab, spec, active };
  };

  it('remember the side that serves although some of it failed within the budget', async () => {
    const { lab, spec, active } = await setUp({ max_failures: 1 });
    const id = await lab.deploy(spec);
    await lab.fail(1);
    await lab.end(2);
    for (const index of [0, 1, 2]) await lab.end(index);
    await lab.until(id, { status: 'partial', stop_reason: null });
    await expect.poll(active, WITHIN).toBe('green');
  });

  it('do not switch with a retry of a part of a side', async () => {
    const { lab, spec, active } = await setUp();
    const id = await lab.deploy(spec);
    await lab.fail(1);
    await lab.until(id, { status: 'failed', skipped: 4 });
    const part = await read(CreatedDeployment, await lab.post(`/deployments/${id}/retry`, { only: 'failed' }), 201);
    await lab.end(1);
    await lab.until(part.deployment_id, { status: 'completed', total_targets: 1 });
    expect(await active()).toBeNull();
    const whole = await read(
      CreatedDeployment,
      await lab.post(`/deployments/${id}/retry`, { only: 'unfinished' }),
      201,
    );
    for (const index of [1, 2, 0, 1, 2]) await lab.end(index);
    await lab.until(whole.deployment_id, { status: 'completed', total_targets: 5 });
    await expect.poll(active, WITHIN).toBe('green');
    // By now the side is in use.
    const late = await read(Problem, await lab.post(`/deployments/${id}/retry`), 409);
    expect(late.detail).toContain('green side serves by now');
  });

  it('remember the side that serves after a rollback that failed to put the other one back', async () => {
    const { lab, spec, active } = await setUp();
    const id = await lab.deploy(spec);
    for (const index of [1, 2, 0, 1, 2]) await lab.end(index);
    await lab.until(id, { status: 'completed' });
    await expect.poll(active, WITHIN).toBe('green');
    const back = await read(CreatedDeployment, await lab.post(`/deployments/${id}/rollback`), 201);
    for (const index of [0, 1, 2]) expect((await lab.end(index)).action).toMatchObject({ command: 'switch' });
    await lab.fail(1);
    await lab.until(back.deployment_id, { status: 'partial' });
    await expect.poll(active, WITHIN).toBe('blue');
  });
});
