/** Says in a few words why a job that is not running is not. */
import type { Millis } from '../millis.ts';
import type { Connection, HostJob, HostState } from './host-state.ts';
import { isActive, isWaiting } from './job.ts';

const instant = (at: Millis): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

export const describeWait = {
  offline: (since: Millis | null): string =>
    since === null ? 'host was never online' : `host offline since ${instant(since)}`,
  detached: 'device is not attached to its host',
  reserved: (userName: string, until: Millis): string => `device reserved by ${userName} until ${instant(until)}`,
  locked: (holder: HostJob): string =>
    holder.deadlineAt === null
      ? `device locked by ${holder.deploymentId}`
      : `device locked by ${holder.deploymentId} until ${instant(holder.deadlineAt)} at the latest`,
};

const forHost = (connection: Connection): string | null =>
  connection.state === 'online' ? null : describeWait.offline(connection.since);

const forDevice = (state: HostState, job: HostJob): string | null => {
  if (!state.attached.has(job.deviceKey)) return describeWait.detached;
  const reservation = state.reservations.find((one) => one.deviceKey === job.deviceKey);
  if (reservation !== undefined) return describeWait.reserved(reservation.userName, reservation.expiresAt);
  const holder = state.jobs.find((one) => one.deviceKey === job.deviceKey && one.holdsDevice);
  return holder === undefined ? null : describeWait.locked(holder);
};

export const waitingFor = (state: HostState, job: HostJob): string | null => {
  if (isWaiting(job)) return forHost(state.connection) ?? forDevice(state, job) ?? 'next in the queue of its device';
  if (isActive(job) && job.startedAt === null) return forHost(state.connection) ?? 'waiting for the agent to begin';
  return null;
};
