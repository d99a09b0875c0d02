/** Which devices of a host are held, by whom, and how many jobs wait for each. */
import type { HostJob, HostState, Reservation } from './host-state.ts';
import { isWaiting } from './job.ts';
import { reservationOf } from './reservations.ts';

export type DeviceHold = { deviceKey: string; job: HostJob | null; reservation: Reservation | null; waiting: number };

/** Jobs that wait for a device, the next one first. */
export const waitingOn = (state: HostState, deviceKey: string): HostJob[] =>
  state.jobs.filter((job) => isWaiting(job) && job.deviceKey === deviceKey);

/** One entry for each held device; a device not listed is free. */
export const deviceHolds = (state: HostState): DeviceHold[] => {
  const keys = new Set([
    ...state.jobs.filter((job) => job.holdsDevice).map((job) => job.deviceKey),
    ...state.reservations.map((one) => one.deviceKey),
  ]);
  return [...keys].map((deviceKey) => ({
    deviceKey,
    job: state.jobs.find((job) => job.holdsDevice && job.deviceKey === deviceKey) ?? null,
    reservation: reservationOf(state, deviceKey),
    waiting: waitingOn(state, deviceKey).length,
  }));
};
