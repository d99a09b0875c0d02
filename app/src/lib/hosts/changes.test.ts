import { expect, test } from 'vitest';
import { Host } from '#protocol/http/hosts.ts';
import { hostsWithDeviceChange, hostsWithPresence } from './changes.ts';
import { occupancyOf } from './occupancy.ts';

const id = (prefix: string, number: number) => `${prefix}_${String(number).padStart(26, '0')}`;

const hostOf = (number: number) =>
  Host.parse({
    id: id('host', number),
    name: `web-${number}`,
    status: 'offline',
    os: 'linux',
    arch: 'x64',
    platform: 'Debian 12',
    agent_version: null,
    labels: {},
    last_seen_at: null,
    created_at: '2026-01-01T00:00:00.000Z',
    devices: [1, 2].map((device) => ({
      id: id('dev', number * 10 + device),
      host_id: id('host', number),
      key: device === 1 ? 'self' : 'phone',
      name: 'device',
      kind: 'host',
      labels: {},
      status: 'offline',
      has_running_deployment: false,
      lock: null,
    })),
  });

const lock = {
  holder: 'user' as const,
  id: Host.shape.devices.element.shape.lock.unwrap().shape.id.parse(id('user', 1)),
  name: 'marie',
  reason: 'debugging',
  since: '2026-01-01T00:00:00.000Z',
  expires_at: null,
  waiting: 0,
  reserved_by: null,
};

const hosts = [hostOf(1), hostOf(2)];
const [first, second] = hosts;

test('a host that connects is online with all its devices, and the others stay the same', () => {
  const changed = hostsWithPresence(hosts, {
    host_id: id('host', 1),
    status: 'online',
    last_seen_at: '2026-01-02T00:00:00.000Z',
  });
  expect(changed[0]?.status).toBe('online');
  expect(changed[0]?.last_seen_at).toBe('2026-01-02T00:00:00.000Z');
  expect(changed[0]?.devices.map((device) => device.status)).toEqual(['online', 'online']);
  expect(changed[1]).toBe(second);
  expect(first?.status).toBe('offline');
});

test('an event about another host changes nothing', () => {
  const presence = { host_id: id('host', 9), status: 'online' as const, last_seen_at: null };
  expect(hostsWithPresence(hosts, presence)).toBe(hosts);
});

test('a lock comes and goes on its device alone', () => {
  const change = { device_id: id('dev', 12), host_id: id('host', 1), has_running_deployment: false };
  const locked = hostsWithDeviceChange(hosts, { ...change, lock });
  expect(locked[0]?.devices.map((device) => device.lock?.name ?? null)).toEqual([null, 'marie']);
  const free = hostsWithDeviceChange(locked, { ...change, lock: null });
  expect(free[0]?.devices.map((device) => device.lock)).toEqual([null, null]);
});

test('a device of which nothing is known is unknown and never free', () => {
  expect(occupancyOf({ lock: null, has_running_deployment: null }).type).toBe('unknown');
  expect(occupancyOf({ lock: null, has_running_deployment: false }).type).toBe('free');
  expect(occupancyOf({ lock: null, has_running_deployment: true }).type).toBe('running');
  expect(occupancyOf({ lock, has_running_deployment: null }).type).toBe('locked');
});
