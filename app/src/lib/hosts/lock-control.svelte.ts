/** What a person has chosen to do about a device's lock: asked about in a dialog, but for letting go of what is one's own. */
import { toast } from 'svelte-sonner';
import type { Device } from '#protocol/http/hosts.ts';
import { api } from '../api/api.ts';
import { reportFailure } from '../api/report-failure.ts';
import { type LockChoice, reservationOf } from './lock-choices.ts';

export const releaseDevice = async (device: Device): Promise<void> => {
  await api.devices.release(device.id);
  toast.success(`${device.name} is released`);
};

export class LockControl {
  /** What a dialog asks about; null shows none. */
  asked = $state<LockChoice | null>(null);

  choose(device: Device, choice: LockChoice, userId: string): void {
    if (choice === 'release' && reservationOf(device.lock)?.id === userId)
      void releaseDevice(device).catch(reportFailure);
    else this.asked = choice;
  }
}
