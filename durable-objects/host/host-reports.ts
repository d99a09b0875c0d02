/** What a HostObject tells others of its jobs and devices. */

import type { HostJob, HostState, Reservation } from '#domain/host/host-state.ts';
import { type DeviceHold, deviceHolds } from '#domain/host/locks.ts';
import { SELF_DEVICE_KEY } from '#protocol/agent/job.ts';
import type { Lock, Reservation as ReservationView } from '#protocol/http/hosts.ts';
import type { DeviceId } from '#protocol/ids.ts';
import type { DeviceState } from '../team/team-rpc.ts';
import type { JobReport } from './host-rpc.ts';
import type { Identity, KnownDevice } from './host-store.ts';

const iso = (at: number): string => new Date(at).toISOString();

export const jobReport = (job: HostJob): JobReport => ({
  target_id: job.targetId,
  version: job.version,
  status: job.status,
  attempt: job.attempt,
  progress_percent: job.progressPercent,
  result_message: job.end?.message ?? null,
  error_details: job.end?.details ?? null,
  exit_code: job.end?.exitCode ?? null,
  waiting_for: job.waitingFor,
  started_at: job.startedAt,
  completed_at: job.end?.at ?? null,
  undo: job.undo,
});

const reservationView = ({ userId, userName, reason, since, expiresAt }: Reservation): ReservationView => ({
  id: userId,
  name: userName,
  reason,
  since: iso(since),
  expires_at: iso(expiresAt),
});

const lockOf = ({ job, reservation, waiting }: DeviceHold): Lock | null => {
  const reserved_by = reservation === null ? null : reservationView(reservation);
  if (job !== null)
    return {
      holder: 'deployment',
      id: job.deploymentId,
      name: job.deploymentName,
      reason: null,
      since: iso(job.sentAt ?? 0),
      expires_at: job.deadlineAt === null ? null : iso(job.deadlineAt),
      waiting,
      reserved_by,
    };
  return reserved_by === null ? null : { holder: 'user', ...reserved_by, waiting, reserved_by: null };
};

/** Null when the device is free. */
export const lockOn = (state: HostState, deviceKey: string): Lock | null => {
  const hold = deviceHolds(state).find((one) => one.deviceKey === deviceKey);
  return hold === undefined ? null : lockOf(hold);
};

const deviceIdOf = (identity: Identity, devices: readonly KnownDevice[], key: string): DeviceId | null =>
  key === SELF_DEVICE_KEY ? identity.self_device_id : (devices.find((device) => device.key === key)?.id ?? null);

/** The locked devices of a host, as dashboards see them. */
export const deviceStates = (state: HostState, identity: Identity, devices: readonly KnownDevice[]): DeviceState[] =>
  deviceHolds(state).flatMap((hold) => {
    const id = deviceIdOf(identity, devices, hold.deviceKey);
    return id === null ? [] : [{ device_id: id, has_running_deployment: hold.job !== null, lock: lockOf(hold) }];
  });

export type HostSnapshot = { removed: boolean; online: boolean; last_seen_at: string | null; devices: DeviceState[] };

export const hostSnapshot = (
  state: HostState,
  identity: Identity,
  devices: readonly KnownDevice[],
  removed: boolean,
): HostSnapshot => ({
  removed,
  online: state.connection.state === 'online',
  last_seen_at: state.connection.since === null ? null : iso(state.connection.since),
  devices: deviceStates(state, identity, devices),
});

/** Changes exactly when what others see of the host does: cheaper to make and to compare than the whole. */
export const fingerprint = (state: HostState, removed: boolean): string => {
  const { connection } = state;
  const holds = deviceHolds(state).map(
    ({ deviceKey, job, reservation, waiting }) =>
      `${deviceKey}=${job?.targetId}:${job?.deadlineAt}/${reservation?.userId}:${reservation?.expiresAt}:${reservation?.reason}/${waiting}`,
  );
  return `${removed}|${connection.state}:${connection.since}|${holds.join('|')}`;
};
