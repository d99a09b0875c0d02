import { env } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { resultOf } from '#durable-objects/test/jobs.ts';
import { Viewer } from '#durable-objects/test/live-viewer.ts';
import { AuditEntry } from '#protocol/http/audit.ts';
import { Device, DeviceQueue } from '#protocol/http/hosts.ts';
import { Notifications } from '#protocol/http/notifications.ts';
import { pageOf } from '#protocol/http/page.ts';
import { LiveEvent } from '#protocol/live/events.ts';
import { newHost } from '../testing/agent-body.ts';
import { newMachine } from '../testing/agents.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const Entries = pageOf(AuditEntry);
const api = createTestApi();

const staff = async (on = api) => {
  const admin = await on.newCaller('admin');
  const mia = await on.newCaller('operator', admin.team_id);
  const theo = await on.newCaller('operator', admin.team_id);
  return { admin, mia, theo };
};

const lockPath = (device: string) => `/api/devices/${device}/lock`;

const reserve = async (by: Caller, device: string, body: object = {}) => {
  const response = await by.call('POST', lockPath(device), { body: { reason: 'testing', ...body } });
  return { status: response.status, body: await response.json() };
};

const lockOf = ({ body }: { body: unknown }) => Device.parse(body).lock;

const notificationsOf = async (of: Caller) =>
  Notifications.parse(await (await of.call('GET', '/api/notifications')).json()).items;

const audited = async (admin: Caller) => {
  // Ids of one millisecond come in no order.
  const { items } = Entries.parse(await (await admin.call('GET', '/api/audit')).json());
  return items
    .filter(({ action }) => action.startsWith('devices.'))
    .map(({ action, details }) => ({ action, details }));
};

describe('a reservation', () => {
  test('is shown with its holder, and only the holder or an admin ends it', async () => {
    const { admin, mia, theo } = await staff();
    const { device_id } = await newHost(api, admin);
    const reserved = await reserve(mia, device_id, { expires_in_seconds: 60 });
    expect(lockOf(reserved)).toMatchObject({ holder: 'user', id: mia.user_id, reason: 'testing', waiting: 0 });
    expect(await reserve(theo, device_id)).toMatchObject({ status: 409, body: { type: 'devices.locked' } });
    expect((await theo.call('DELETE', lockPath(device_id))).status).toBe(403);
    expect((await admin.call('DELETE', lockPath(device_id))).status).toBe(204);
    expect((await admin.call('DELETE', lockPath(device_id))).status).toBe(409);
  });

  test('is extended by its holder, from now on and by a week at most', async () => {
    const { admin, mia } = await staff();
    const { device_id } = await newHost(api, admin);
    const first = lockOf(await reserve(mia, device_id));
    const second = lockOf(await reserve(mia, device_id, { reason: 'more', expires_in_seconds: 7 * 86_400 }));
    expect(second).toMatchObject({ since: first?.since, reason: 'more' });
    expect(Date.parse(second?.expires_at ?? '')).toBeLessThanOrEqual(Date.now() + 7 * 86_400_000);
    const beyond = await reserve(mia, device_id, { expires_in_seconds: 7 * 86_400 + 1 });
    expect(beyond).toMatchObject({ status: 400, body: { errors: [{ path: 'expires_in_seconds' }] } });
  });

  test('is taken over by an admin alone; the former holder is told, and who had it is in the audit log', async () => {
    const { admin, mia, theo } = await staff();
    const { host_id, device_id } = await newHost(api, admin, { name: 'rack' });
    await reserve(mia, device_id);
    expect(await reserve(theo, device_id, { steal: true })).toMatchObject({
      status: 403,
      body: { type: 'devices.steal_needs_admin', detail: expect.stringContaining('yours is operator') },
    });
    expect(await notificationsOf(mia)).toEqual([]);
    const taken = await reserve(admin, device_id, { steal: true, reason: 'urgent' });
    expect(lockOf(taken)).toMatchObject({ holder: 'user', id: admin.user_id, reason: 'urgent' });
    expect(await notificationsOf(mia)).toMatchObject([
      {
        kind: 'reservation_taken',
        title: `${admin.username} took over rack`,
        text: expect.stringContaining('urgent'),
        link: `/hosts/${host_id}`,
        read_at: null,
      },
    ]);
    expect(await notificationsOf(theo)).toEqual([]);
    expect(await audited(admin)).toContainEqual({
      action: 'devices.steal',
      details: expect.objectContaining({ reason: 'urgent', former_holder: mia.username }),
    });
  });

  test('that is taken over twice is told of once', async () => {
    const { admin, mia } = await staff();
    const { device_id } = await newHost(api, admin);
    await reserve(mia, device_id);
    await reserve(admin, device_id, { steal: true });
    await reserve(admin, device_id, { steal: true });
    expect(await notificationsOf(mia)).toHaveLength(1);
  });

  test('is taken, audited and told of by the same call again, when the record was not there the first time', async () => {
    let failing = false;
    const flaky = createTestApi({
      database: () =>
        new Proxy(api.db, {
          get: (target, key, receiver) =>
            failing && key === 'batch'
              ? () => Promise.reject(new Error('D1 is away'))
              : Reflect.get(target, key, receiver),
        }),
    });
    const { admin, mia } = await staff(flaky);
    const { device_id } = await newHost(flaky, admin);
    await reserve(mia, device_id);
    failing = true;
    expect((await reserve(admin, device_id, { steal: true })).status).toBe(500);
    failing = false;
    expect((await reserve(admin, device_id, { steal: true })).status).toBe(200);
    expect(await notificationsOf(mia)).toMatchObject([{ kind: 'reservation_taken' }]);
    expect(await audited(admin)).toContainEqual({
      action: 'devices.steal',
      details: expect.objectContaining({ former_holder: mia.username }),
    });
  });

  test('that an admin ends is told to its holder; one’s own is not', async () => {
    const { admin, mia } = await staff();
    const { device_id } = await newHost(api, admin, { name: 'rack' });
    await reserve(mia, device_id);
    await mia.call('DELETE', lockPath(device_id));
    expect(await notificationsOf(mia)).toEqual([]);
    await reserve(mia, device_id);
    await admin.call('DELETE', lockPath(device_id));
    expect(await notificationsOf(mia)).toMatchObject([
      { kind: 'reservation_released', title: `${admin.username} released rack` },
    ]);
    expect(await audited(admin)).toContainEqual({
      action: 'devices.unlock',
      details: { former_holder: mia.username },
    });
  });

  test('changes hands also while the TeamObject is away', async () => {
    const away = createTestApi({
      team: () => ({
        describe: () => Promise.reject(new Error('down')),
        overview: () => Promise.reject(new Error('down')),
        reportHost: () => Promise.reject(new Error('down')),
        publish: () => Promise.reject(new Error('down')),
        fetch: () => Promise.reject(new Error('down')),
      }),
    });
    const { admin, mia } = await staff(away);
    const { device_id } = await newHost(away, admin);
    await reserve(mia, device_id);
    expect((await reserve(admin, device_id, { steal: true })).status).toBe(200);
    expect(await notificationsOf(mia)).toHaveLength(1);
  });

  test('that was taken over reaches the dashboard of its former holder at once', async () => {
    const { admin, mia } = await staff();
    const { device_id } = await newHost(api, admin);
    const socket = await env.TEAM.getByName(admin.team_id).fetch('https://team/live', {
      headers: { upgrade: 'websocket' },
    });
    const viewer = new Viewer(socket, (text) => LiveEvent.parse(JSON.parse(text)));
    await reserve(mia, device_id);
    await reserve(admin, device_id, { steal: true });
    const [written] = await notificationsOf(mia);
    await viewer.until((frames) => frames.some(({ event }) => event === 'notification'));
    expect(viewer.frames.find(({ event }) => event === 'notification')).toMatchObject({
      data: { ...written, user_id: mia.user_id },
    });
  });
});

test('who waits for a device is listed in their order, and the lock says who is next', async () => {
  const { admin, mia } = await staff();
  const { agent, device_id } = await newMachine(api, admin, 'rack');
  const deploy = (name: string) =>
    admin.call('POST', '/api/deployments', {
      body: { name, action: { kind: 'command', command: 'true' }, device_ids: [device_id] },
    });
  await deploy('first');
  const { job } = await agent.next('job.offer');
  await deploy('second');
  await deploy('third');
  const queue = async () =>
    DeviceQueue.parse(await (await mia.call('GET', `/api/devices/${device_id}/queue`)).json()).items;
  expect(await queue()).toMatchObject([
    { deployment_name: 'second', position: 1, schedule_id: null, since: api.now().toISOString() },
    { deployment_name: 'third', position: 2, waiting_for: expect.stringContaining('device locked by dep_') },
  ]);
  expect(lockOf(await reserve(mia, device_id))).toMatchObject({
    holder: 'deployment',
    name: 'first',
    waiting: 2,
    reserved_by: { name: mia.username, reason: 'testing' },
  });
  agent.send(resultOf(job));
  await agent.next('result.ack');
  expect((await queue())[0]).toMatchObject({ waiting_for: expect.stringContaining(`reserved by ${mia.username}`) });
  await mia.call('DELETE', lockPath(device_id));
  expect((await agent.next('job.offer')).job.deployment_id).not.toBe(job.deployment_id);
});
