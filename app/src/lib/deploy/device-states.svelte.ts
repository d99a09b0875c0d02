/** Which devices are in use, for pages that know only their ids. */
import type { Device } from '#protocol/http/hosts.ts';
import { api } from '../api/api.ts';
import { type DeviceChange, devicesWithChange } from '../hosts/changes.ts';

/** A thousand devices in five calls; of more, the page shows the locks that change while it is open. */
const PAGE = 200;
const MAX_PAGES = 5;

export class DeviceStates {
  #devices = $state.raw<ReadonlyMap<string, Device>>(new Map());
  #settled = $state(false);

  device(id: string): Device | undefined {
    return this.#devices.get(id);
  }

  /** Whether it was asked for and is not here: nothing can be said of it, and not that it is free. */
  isUnknown(id: string): boolean {
    return this.#settled && !this.#devices.has(id);
  }

  /** A failure leaves the locks unknown and the page as it is. */
  async load(): Promise<void> {
    await this.#loadPages();
    this.#settled = true;
  }

  async #loadPages(): Promise<void> {
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const { items, next_cursor } = await api.devices
        .list({ limit: PAGE, cursor })
        .catch(() => ({ items: [], next_cursor: null }));
      this.#devices = new Map([...this.#devices, ...items.map((device) => [device.id, device] as const)]);
      if (next_cursor === null) return;
      cursor = next_cursor;
    }
  }

  async change(change: DeviceChange): Promise<void> {
    const known = this.#devices.get(change.device_id);
    const device = known ?? (await api.devices.get(change.device_id).catch(() => null));
    if (device === null) return;
    const [changed] = known === undefined ? [device] : devicesWithChange([device], change);
    if (changed !== undefined) this.#devices = new Map([...this.#devices, [changed.id, changed]]);
  }
}
