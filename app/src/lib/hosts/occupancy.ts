/** Whether a device is in use, as far as it is known. Unknown is never shown as free. */
import type { Device, Lock } from '#protocol/http/hosts.ts';

export type Occupancy = { type: 'free' } | { type: 'locked'; lock: Lock } | { type: 'running' } | { type: 'unknown' };

export const occupancyOf = (device: Pick<Device, 'lock' | 'has_running_deployment'>): Occupancy => {
  if (device.lock !== null) return { type: 'locked', lock: device.lock };
  if (device.has_running_deployment === null) return { type: 'unknown' };
  return device.has_running_deployment ? { type: 'running' } : { type: 'free' };
};
