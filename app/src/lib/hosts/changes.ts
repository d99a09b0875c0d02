/** What live events change in lists of hosts and devices. Pure; the same array back means that nothing changed. */
import type { Device, Host } from '#protocol/http/hosts.ts';
import type { HostStatus } from '#protocol/states.ts';

export type Presence = { host_id: string; status: HostStatus; last_seen_at: string | null };
export type DeviceChange = Pick<Device, 'has_running_deployment' | 'lock'> & { device_id: string; host_id: string };

/** Maps the items that `applies` to and keeps the array when there is none. */
const changeWhere = <Item>(
  items: readonly Item[],
  applies: (item: Item) => boolean,
  change: (item: Item) => Item,
): readonly Item[] => (items.some(applies) ? items.map((item) => (applies(item) ? change(item) : item)) : items);

export const devicesWithPresence = (devices: readonly Device[], presence: Presence): readonly Device[] =>
  changeWhere(
    devices,
    (device) => device.host_id === presence.host_id,
    (device) => ({ ...device, status: presence.status }),
  );

export const devicesWithChange = (devices: readonly Device[], change: DeviceChange): readonly Device[] =>
  changeWhere(
    devices,
    (device) => device.id === change.device_id,
    (device) => ({ ...device, has_running_deployment: change.has_running_deployment, lock: change.lock }),
  );

export const hostWithPresence = (host: Host, presence: Presence): Host => ({
  ...host,
  status: presence.status,
  last_seen_at: presence.last_seen_at ?? host.last_seen_at,
  devices: [...devicesWithPresence(host.devices, presence)],
});

export const hostWithDeviceChange = (host: Host, change: DeviceChange): Host => ({
  ...host,
  devices: [...devicesWithChange(host.devices, change)],
});

export const hostsWithPresence = (hosts: readonly Host[], presence: Presence): readonly Host[] =>
  changeWhere(
    hosts,
    (host) => host.id === presence.host_id,
    (host) => hostWithPresence(host, presence),
  );

export const hostsWithDeviceChange = (hosts: readonly Host[], change: DeviceChange): readonly Host[] =>
  changeWhere(
    hosts,
    (host) => host.id === change.host_id,
    (host) => hostWithDeviceChange(host, change),
  );
