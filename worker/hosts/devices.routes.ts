import { z } from 'zod';
import { findDevice, listDevices, updateDevice } from '#database/devices.repository.ts';
import { listGroupDeviceIds } from '#database/groups.repository.ts';
import { Device, DeviceQuery, UpdateDevice } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { DeviceId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { notFound } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { viewDevice } from './device-view.ts';
import { statusFilter, viewDevices } from './host-view.ts';

const tag = 'devices';
const params = z.object({ device_id: DeviceId });

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
  async (context) => viewDevice(context, context.params.device_id),
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
    return viewDevice(context, device_id);
  },
);

export const deviceRoutes = [list, get, update];
