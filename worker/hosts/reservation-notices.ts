/** What the former holder of a reservation is told. */
import type { DeviceRow } from '#database/devices.repository.ts';
import type { FormerHolder } from '#durable-objects/host/host-rpc.ts';
import type { Notice } from '../notifications/notify.ts';

const causeOf = (what: string, device: DeviceRow, { since }: FormerHolder): string => `${what}:${device.id}:${since}`;

export const takenNotice = (device: DeviceRow, former: FormerHolder, by: string, reason: string): Notice => ({
  user_id: former.user_id,
  kind: 'reservation_taken',
  title: `${by} took over ${device.name}`,
  text: `Your reservation has ended. Reason: ${reason}`,
  link: `/hosts/${device.host_id}`,
  cause: causeOf('taken', device, former),
});

export const releasedNotice = (device: DeviceRow, former: FormerHolder, by: string): Notice => ({
  user_id: former.user_id,
  kind: 'reservation_released',
  title: `${by} released ${device.name}`,
  text: 'Your reservation was ended before its time.',
  link: `/hosts/${device.host_id}`,
  cause: causeOf('released', device, former),
});
