/** What a deployment is going to touch, before it is made. It says "about" where it cannot know. */
import type { Device } from '#protocol/http/hosts.ts';
import { plural } from '../format/number.ts';
import { formatDuration } from '../format/time.ts';
import { occupancyOf } from '../hosts/occupancy.ts';

/** A group whose devices are known, or only their number. */
export type ChosenGroup = { devices: readonly Device[] } | { deviceCount: number };

export interface PreviewInput {
  devices: readonly Device[];
  /** Devices chosen beyond these, of which no more is known here than that they are. */
  unknownDevices?: number;
  groups: readonly ChosenGroup[];
  /** Packages or files for each device; a command counts as one. */
  itemsPerDevice: number;
  offlinePolicy: 'fail' | 'wait';
  /** Null while what is typed is no number. */
  expiresInSeconds: number | null;
}

export interface Preview {
  deviceCount: number;
  /** False when a group's devices are not known one by one: they may be the same ones. */
  exact: boolean;
  headline: string;
  notes: string[];
}

const distinctDevices = (input: PreviewInput): Device[] => {
  const byId = new Map<string, Device>();
  for (const device of input.devices) byId.set(device.id, device);
  for (const group of input.groups)
    if ('devices' in group) for (const device of group.devices) byId.set(device.id, device);
  return [...byId.values()];
};

const offlineNote = (count: number, input: PreviewInput): string => {
  if (input.offlinePolicy === 'fail') return `${count} offline will fail at once`;
  const limit = input.expiresInSeconds === null ? '' : `, ${formatDuration(input.expiresInSeconds * 1000)} at most`;
  return `${count} offline will wait for ${count === 1 ? 'its host' : 'their hosts'}${limit}`;
};

export const previewOf = (input: PreviewInput): Preview => {
  const known = distinctDevices(input);
  const uncounted = input.groups.reduce((sum, group) => sum + ('deviceCount' in group ? group.deviceCount : 0), 0);
  const unknownDevices = input.unknownDevices ?? 0;
  // Each of those may be in one of the groups.
  const exact = uncounted === 0 && (unknownDevices === 0 || input.groups.length === 0);
  const deviceCount = known.length + unknownDevices + uncounted;
  const offline = known.filter((device) => device.status === 'offline').length;
  const occupancies = known.map((device) => occupancyOf(device).type);
  const busy = occupancies.filter((type) => type === 'locked' || type === 'running').length;
  const unknown = occupancies.filter((type) => type === 'unknown').length;
  const targets = deviceCount * input.itemsPerDevice;
  const notes = [
    offline > 0 ? offlineNote(offline, input) : '',
    busy > 0 ? `${busy} locked will wait ${busy === 1 ? 'its' : 'their'} turn` : '',
    unknown > 0 ? `of ${unknown} it is not known whether ${unknown === 1 ? 'it is' : 'they are'} locked` : '',
  ].filter((note) => note !== '');
  const times = input.itemsPerDevice > 1 ? ` × ${input.itemsPerDevice} = ${plural(targets, 'target')}` : '';
  return { deviceCount, exact, headline: `${exact ? '' : 'up to '}${plural(deviceCount, 'device')}${times}`, notes };
};
