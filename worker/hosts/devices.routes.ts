import { z } from 'zod';
import { findDevice, listDevices, updateDevice } from '#database/devices.repository.ts';
import { listGroupDeviceIds } from '#database/groups.repository.ts';
import { Device, DeviceQuery, type Lock, ReserveDevice, UpdateDevice } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { DeviceId } from '#protocol/ids.ts';
import { roleAtLeast } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';
import { atLeast } from '../http/access.ts';
import { notFound, Refusal } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { statusFilter, viewDevices } from './host-view.ts';
import { refuseLock } from './lock-refusal.ts';

const tag = 'devices';
const params = z.object({ device_id: DeviceId });

const view = async (context: PersonContext, id: DeviceId): Promise<Device | Refusal> => {
  const row = await findDevice(context.db, context.team_id, id);
  const [device] = row === null ? [] : await viewDevices(context, [row]);
  return device ?? notFound(tag);
};

/** The lock as its host took it: the TeamObject hears of it a moment after the answer. */
const reservation = (
  { user, now, body }: PersonContext & { body: { reason: string } },
  expiresAt: number,
  shown: Lock | null,
): Lock => ({
  holder: 'user',
  id: user.id,
  name: user.username,
  reason: body.reason,
  since: now.toISOString(),
  expires_at: new Date(expiresAt).toISOString(),
  waiting: shown?.waiting ?? 0,
});

const list = route(
  {
    method: 'get',
    path: '/devices',
    tag,
    summary: 'Devices, the newest first',
    access: atLeast('viewer'),
    query: DeviceQuery,
    answer: { status: 200, description: 'Devices', schema: pageOf(Device) },
  },
  async (context) => {
    const { db, team_id, query } = context;
    // A group that is not there has no devices; another team's is not there.
    const ids = query.group_id === undefined ? null : ((await listGroupDeviceIds(db, team_id, query.group_id)) ?? []);
    const status = await statusFilter(context, query.status);
    const page = await listDevices(db, team_id, { ...query, host_id: query.host_id, q: query.q, ids, status });
    return { ...page, items: await viewDevices(context, page.items) };
  },
);

const get = route(
  {
    method: 'get',
    path: '/devices/{device_id}',
    tag,
    summary: 'One device',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The device', schema: Device },
  },
  async (context) => view(context, context.params.device_id),
);

const update = route(
  {
    method: 'patch',
    path: '/devices/{device_id}',
    tag,
    summary: 'Rename a device, or replace its labels',
    access: atLeast('operator'),
    params,
    body: UpdateDevice,
    answer: { status: 200, description: 'The device', schema: Device },
  },
  async (context) => {
    const {
      db,
      team_id,
      params: { device_id },
      body,
      audit,
    } = context;
    if ((await findDevice(db, team_id, device_id)) === null) return notFound(tag);
    if (body.name !== undefined || body.labels !== undefined)
      await db.batch([updateDevice(db, team_id, device_id, body), audit('devices.update', device_id, body)]);
    return view(context, device_id);
  },
);

const reserve = route(
  {
    method: 'post',
    path: '/devices/{device_id}/lock',
    tag,
    summary: 'Reserve a device for yourself: deployments wait or skip it until then',
    access: atLeast('operator'),
    params,
    body: ReserveDevice,
    answer: { status: 200, description: 'The device', schema: Device },
    refusals: [409],
  },
  async (context) => {
    const {
      db,
      env,
      now,
      team_id,
      params: { device_id },
      body,
      user,
      audit,
      dependencies,
    } = context;
    const device = await findDevice(db, team_id, device_id);
    if (device === null) return notFound(tag);
    const expires_at = now.getTime() + body.expires_in_seconds * 1000;
    const outcome = await dependencies
      .host(env, device.host_id)
      .reserve({ device_key: device.key, user_id: user.id, user_name: user.username, reason: body.reason, expires_at });
    if (!outcome.ok) return refuseLock(outcome);
    const details = { reason: body.reason, expires_at: new Date(expires_at).toISOString() };
    await db.batch([audit('devices.lock', device_id, details)]);
    const shown = await view(context, device_id);
    return shown instanceof Refusal ? shown : { ...shown, lock: reservation(context, expires_at, shown.lock) };
  },
);

const release = route(
  {
    method: 'delete',
    path: '/devices/{device_id}/lock',
    tag,
    summary: "End a reservation: your own, or anybody's for an admin",
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'Released' },
    refusals: [409],
  },
  async ({ db, env, team_id, params: { device_id }, user, role, audit, dependencies }) => {
    const device = await findDevice(db, team_id, device_id);
    if (device === null) return notFound(tag);
    const force = roleAtLeast(role, 'admin');
    const outcome = await dependencies
      .host(env, device.host_id)
      .release({ device_key: device.key, user_id: user.id, force });
    if (!outcome.ok) return refuseLock(outcome);
    await db.batch([audit('devices.unlock', device_id)]);
    return undefined;
  },
);

export const deviceRoutes = [list, get, update, reserve, release];
