/** What people ask of a host's devices: to have one for a time, to let go of it, and who waits for it. */
import { waitingOn } from '#domain/host/locks.ts';
import { reservationOf } from '#domain/host/reservations.ts';
import { assertInvariant } from '#protocol/assert.ts';
import { MAX_QUEUE_LISTED } from '#protocol/limits.ts';
import type { HostCore } from './host-core.ts';
import { lockOn } from './host-reports.ts';
import type { QueuedJob, ReleaseAnswer, ReleaseRequest, ReserveAnswer, ReserveRequest } from './host-rpc.ts';

export const reserveDevice = (core: HostCore, request: ReserveRequest): ReserveAnswer => {
  const now = core.clock.now();
  const reservation = {
    deviceKey: request.device_key,
    userId: request.user_id,
    userName: request.user_name,
    reason: request.reason,
    since: now,
    expiresAt: now + request.seconds * 1000,
    takenFrom: null,
  };
  const { accepted, reason } = core.apply({ type: 'reserve', reservation, takeOver: request.take_over });
  if (!accepted) return { ok: false, error: 'locked', message: reason };
  const state = core.store.state();
  const lock = lockOn(state, request.device_key);
  const taken = reservationOf(state, request.device_key);
  assertInvariant(lock !== null && taken !== null, 'a reserved device is locked');
  const { takenFrom, since } = taken;
  const former =
    takenFrom === null || !request.take_over
      ? null
      : { user_id: takenFrom.userId, user_name: takenFrom.userName, since };
  return { ok: true, lock, former };
};

export const releaseDevice = (core: HostCore, request: ReleaseRequest): ReleaseAnswer => {
  const held = reservationOf(core.store.state(), request.device_key);
  const { accepted, reason } = core.apply({
    type: 'release',
    deviceKey: request.device_key,
    userId: request.user_id,
    force: request.force,
  });
  if (accepted && held !== null)
    return { ok: true, released: { user_id: held.userId, user_name: held.userName, since: held.since } };
  return { ok: false, error: reason === 'not reserved' ? 'not_reserved' : 'not_holder', message: reason };
};

export const queueOf = (core: HostCore, deviceKey: string): QueuedJob[] =>
  waitingOn(core.store.state(), deviceKey)
    .slice(0, MAX_QUEUE_LISTED)
    .map((job, index) => ({
      deployment_id: job.deploymentId,
      deployment_name: job.deploymentName,
      target_id: job.targetId,
      position: index + 1,
      waiting_for: job.waitingFor,
    }));
