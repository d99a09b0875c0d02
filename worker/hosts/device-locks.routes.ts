/** Reservations of devices by people, and who waits for a device. What a device is locked by otherwise is in the device itself. */
import { z } from 'zod';
import { deploymentOrigins } from '#database/deployment-origins.repository.ts';
import { type DeviceRow, findDevice } from '#database/devices.repository.ts';
import type { ReserveAnswer } from '#durable-objects/host/host-rpc.ts';
import { Device, DeviceQueue, type QueuedTarget, ReserveDevice } from '#protocol/http/hosts.ts';
import { DeviceId } from '#protocol/ids.ts';
import { roleAtLeast } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';
import { atLeast } from '../http/access.ts';
import { forbidden, notFound, Refusal } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { tellDashboards, writeNotice } from '../notifications/notify.ts';
import { viewDevice } from './device-view.ts';
import { refuseLock } from './lock-refusal.ts';
import { releasedNotice, takenNotice } from './reservation-notices.ts';

const tag = 'devices';
const params = z.object({ device_id: DeviceId });

type Reserved = Extract<ReserveAnswer, { ok: true }>;

/** Whoever had it is told by a row in the same batch. */
const recordReserved = async (
  context: PersonContext & { body: { reason: string } },
  device: DeviceRow,
  { lock, former }: Reserved,
): Promise<void> => {
  const { db, audit, user, body } = context;
  const details = { reason: body.reason, expires_at: (lock.reserved_by ?? lock).expires_at };
  if (former === null) {
    await db.batch([audit('devices.lock', device.id, details)]);
    return;
  }
  const notice = takenNotice(device, former, user.username, body.reason);
  const entry = audit('devices.steal', device.id, { ...details, former_holder: former.user_name });
  await db.batch([entry, writeNotice(context, notice)]);
  await tellDashboards(context, notice);
};

const reserve = route(
  {
    method: 'post',
    path: '/devices/{device_id}/lock',
    tag,
    summary:
      'Reserve a device for yourself, extend what you have, or, with `steal`, take over what another person has: deployments wait or skip it until then',
    access: atLeast('operator'),
    params,
    body: ReserveDevice,
    answer: { status: 200, description: 'The device', schema: Device },
    refusals: [409],
  },
  async (context) => {
    const { db, env, team_id, role, params, body, user, dependencies } = context;
    const device = await findDevice(db, team_id, params.device_id);
    if (device === null) return notFound(tag);
    if (body.steal && !roleAtLeast(role, 'admin'))
      return forbidden(
        'devices.steal_needs_admin',
        `steal: taking over another person's reservation needs the role admin; yours is ${role}.`,
      );
    const outcome = await dependencies.host(env, device.host_id).reserve({
      device_key: device.key,
      user_id: user.id,
      user_name: user.username,
      reason: body.reason,
      seconds: body.expires_in_seconds,
      take_over: body.steal,
    });
    if (!outcome.ok) return refuseLock(outcome);
    await recordReserved(context, device, outcome);
    const shown = await viewDevice(context, device.id);
    // As its host took it: the TeamObject hears of it a moment after the answer.
    const { lock } = outcome;
    return shown instanceof Refusal ? shown : { ...shown, has_running_deployment: lock.holder === 'deployment', lock };
  },
);

const release = route(
  {
    method: 'delete',
    path: '/devices/{device_id}/lock',
    tag,
    summary: "End a reservation: your own, or anybody's for an admin, of which its holder is told",
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'Released' },
    refusals: [409],
  },
  async (context) => {
    const { db, env, team_id, user, role, audit, dependencies } = context;
    const device = await findDevice(db, team_id, context.params.device_id);
    if (device === null) return notFound(tag);
    const force = roleAtLeast(role, 'admin');
    const outcome = await dependencies
      .host(env, device.host_id)
      .release({ device_key: device.key, user_id: user.id, force });
    if (!outcome.ok) return refuseLock(outcome);
    const { released } = outcome;
    if (released.user_id === user.id) {
      await db.batch([audit('devices.unlock', device.id)]);
      return undefined;
    }
    const notice = releasedNotice(device, released, user.username);
    const entry = audit('devices.unlock', device.id, { former_holder: released.user_name });
    await db.batch([entry, writeNotice(context, notice)]);
    await tellDashboards(context, notice);
    return undefined;
  },
);

const queue = route(
  {
    method: 'get',
    path: '/devices/{device_id}/queue',
    tag,
    summary: 'What waits for a device, the next one first',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'Targets that wait', schema: DeviceQueue },
  },
  async ({ db, env, team_id, params, dependencies }) => {
    const device = await findDevice(db, team_id, params.device_id);
    if (device === null) return notFound(tag);
    const jobs = await dependencies.host(env, device.host_id).deviceQueue(device.key);
    const origins = await deploymentOrigins(db, team_id, [...new Set(jobs.map((job) => job.deployment_id))]);
    const items = jobs.flatMap((job): QueuedTarget[] => {
      const origin = origins.get(job.deployment_id);
      return origin === undefined ? [] : [{ ...job, since: origin.created_at, schedule_id: origin.schedule_id }];
    });
    return { items };
  },
);

export const deviceLockRoutes = [reserve, release, queue];
