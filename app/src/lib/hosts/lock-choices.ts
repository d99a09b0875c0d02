/** What a person may do about a device's reservation. The API decides again; this keeps from offering what it would refuse. */
import type { Device, Lock } from '#protocol/http/hosts.ts';
import { occupancyOf } from './occupancy.ts';

export type LockChoice = 'reserve' | 'extend' | 'release' | 'take_over';

export type Actor = { id: string; canOperate: boolean; canAdminister: boolean };

export type Held = Pick<Lock, 'name' | 'reason' | 'since' | 'expires_at'> & { id: string };

/** A person's: the one that holds the device, or the one that gets it when the deployment that runs there ends. */
export const reservationOf = (lock: Lock | null): Held | null =>
  lock === null || lock.holder === 'user' ? lock : lock.reserved_by;

export const lockChoices = (device: Pick<Device, 'lock' | 'has_running_deployment'>, actor: Actor): LockChoice[] => {
  if (!actor.canOperate || occupancyOf(device).type === 'unknown') return [];
  const reservation = reservationOf(device.lock);
  if (reservation === null) return ['reserve'];
  if (reservation.id === actor.id) return ['extend', 'release'];
  return actor.canAdminister ? ['take_over', 'release'] : [];
};
