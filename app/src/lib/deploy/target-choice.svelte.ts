/** The devices and groups one can choose from, kept up to date by live events, and the devices behind the chosen groups. */
import type { Group } from '#protocol/http/groups.ts';
import type { Device } from '#protocol/http/hosts.ts';
import { api } from '../api/api.ts';
import { type DeviceChange, devicesWithChange, devicesWithPresence, type Presence } from '../hosts/changes.ts';
import { PickSource } from './pick-source.svelte.ts';
import type { ChosenGroup } from './preview.ts';

/** One page. Of larger groups the preview gives the number only. */
const MAX_LISTED = 200;

export class TargetChoice {
  readonly devices = new PickSource<Device>({
    page: (q, cursor) => api.devices.list({ q, cursor, limit: 100 }),
    one: (id) => api.devices.get(id),
  });
  readonly groups = new PickSource<Group>({
    page: (q, cursor) => api.groups.list({ q, cursor, limit: 100 }),
    one: (id) => api.groups.get(id),
  });
  #members = $state.raw<ReadonlyMap<string, readonly Device[]>>(new Map());
  #asked = new Set<string>();

  chosenDevices(ids: readonly string[]): Device[] {
    return ids.flatMap((id) => this.devices.item(id) ?? []);
  }

  chosenGroups(ids: readonly string[]): ChosenGroup[] {
    return ids.flatMap((id) => {
      const devices = this.#members.get(id);
      if (devices !== undefined) return { devices };
      const group = this.groups.item(id);
      return group === undefined ? [] : { deviceCount: group.device_count };
    });
  }

  /** Fetches the devices of groups that were not asked for before. */
  expand(ids: readonly string[]): void {
    for (const id of ids) if (!this.#asked.has(id)) void this.#expandOne(id);
  }

  presenceChanged(presence: Presence): void {
    this.#change((devices) => devicesWithPresence(devices, presence));
  }

  deviceChanged(change: DeviceChange): void {
    this.#change((devices) => devicesWithChange(devices, change));
  }

  async #expandOne(id: string): Promise<void> {
    this.#asked.add(id);
    const page = await api.groups.devices(id, { limit: MAX_LISTED }).catch(() => null);
    if (page === null) this.#asked.delete(id);
    else if (page.next_cursor === null) this.#members = new Map([...this.#members, [id, page.items]]);
  }

  #change(change: (devices: readonly Device[]) => readonly Device[]): void {
    this.devices.update(change);
    this.#members = new Map([...this.#members].map(([id, devices]) => [id, change(devices)]));
  }
}
