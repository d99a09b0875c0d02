/** Puts rows and presence together into hosts and devices as the API answers them, with two reads for a whole page. */
import { type DeviceRow, listDevicesOfHosts } from '#database/devices.repository.ts';
import type { HostRow, StatusFilter } from '#database/hosts.repository.ts';
import type { Device, Host } from '#protocol/http/hosts.ts';
import type { HostId } from '#protocol/ids.ts';
import type { HostStatus } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';
import { loadOnlineHosts, loadPresence, type Presence } from './presence.ts';

const deviceView = ({ host_online, ...device }: DeviceRow, presence: Presence): Device => ({
  ...device,
  status: presence.host(device.host_id, { online: host_online, last_seen_at: null }).status,
  ...presence.device(device.id),
});

const hostView = ({ online, last_seen_at, ...host }: HostRow, devices: DeviceRow[], presence: Presence): Host => ({
  ...host,
  ...presence.host(host.id, { online, last_seen_at }),
  devices: devices.map((device) => deviceView(device, presence)),
});

export const viewHosts = async (context: PersonContext, rows: HostRow[]): Promise<Host[]> => {
  const ids = rows.map(({ id }) => id);
  const [devices, presence] = await Promise.all([
    listDevicesOfHosts(context.db, context.team_id, ids),
    loadPresence(context, ids),
  ]);
  const byHost = Map.groupBy(devices, ({ host_id }) => host_id);
  return rows.map((row) => hostView(row, byHost.get(row.id) ?? [], presence));
};

export const viewHost = async (context: PersonContext, row: HostRow): Promise<Host | null> => {
  const [host] = await viewHosts(context, [row]);
  return host ?? null;
};

export const viewDevices = async (context: PersonContext, rows: DeviceRow[]): Promise<Device[]> => {
  const ids: HostId[] = [...new Set(rows.map(({ host_id }) => host_id))];
  const presence = await loadPresence(context, ids);
  return rows.map((row) => deviceView(row, presence));
};

export const statusFilter = async (
  context: PersonContext,
  status: HostStatus | undefined,
): Promise<StatusFilter | null> =>
  status === undefined ? null : { status, onlineIds: await loadOnlineHosts(context) };
