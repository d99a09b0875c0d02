/** What dashboards hear when a host's report differs from the one before. Pure. */
import type { Lock } from '#protocol/http/hosts.ts';
import type { DeviceId, HostId } from '#protocol/ids.ts';
import type { TeamEvent } from '#protocol/live/events.ts';

export type DeviceView = { device_id: DeviceId; has_running_deployment: boolean; lock: Lock | null };
export type HostView = { online: boolean; last_seen_at: string | null; devices: readonly DeviceView[] };

const offline: HostView = { online: false, last_seen_at: null, devices: [] };

export const hostEvents = (hostId: HostId, before: HostView | null, after: HostView): TeamEvent[] => [
  ...presenceEvents(hostId, before ?? offline, after),
  ...deviceEvents(hostId, before ?? offline, after),
];

const presenceEvents = (host_id: HostId, before: HostView, after: HostView): TeamEvent[] => {
  if (before.online === after.online) return [];
  return [
    {
      event: after.online ? 'agent_connected' : 'agent_disconnected',
      data: { host_id, last_seen_at: after.last_seen_at },
    },
  ];
};

/** Devices that are listed are locked; one that is listed no more is free. */
const deviceEvents = (host_id: HostId, before: HostView, after: HostView): TeamEvent[] => {
  const known = new Map(before.devices.map((device) => [device.device_id, JSON.stringify(device)]));
  const changed = after.devices.filter((device) => known.get(device.device_id) !== JSON.stringify(device));
  const listed = new Set(after.devices.map((device) => device.device_id));
  const freed = before.devices
    .filter((device) => !listed.has(device.device_id))
    .map((device) => ({ device_id: device.device_id, has_running_deployment: false, lock: null }));
  return [...changed, ...freed].map((device) => ({ event: 'device_updated', data: { ...device, host_id } }));
};
