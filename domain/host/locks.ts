/** Which devices of a host are held, by whom, and how many jobs wait for each. */
import type { HostJob, HostState, Reservation } from './host-state.ts';
import { isWaiting } from './job.ts';

export type DeviceHold = { deviceKey: string; job: HostJob | null; reservation: Reservation | null; waiting: number };

/** One entry for each held device; a device not listed is free. */
export const deviceHolds = (state: HostState): DeviceHold[] => {
  const keys = new Set([
    ...state.jobs.filter((job) => job.holdsDevice).map((job) => job.deviceKey),
    ...state.reservations.map((one) => one.deviceKey),
  ]);
  return [...keys].map((deviceKey) => ({
    deviceKey,
    job: state.jobs.find((job) => job.holdsDevice && job.deviceKey === deviceKey) ?? null,
    reservation: state.reservations.find((one) => one.deviceKey === deviceKey) ?? null,
    waiting: state.jobs.filter((job) => isWaiting(job) && job.deviceKey === deviceKey).length,
  }));
};
