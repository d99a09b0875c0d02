import { expect, test } from 'vitest';
import { Host } from '#protocol/http/hosts.ts';
import { wentOffline } from './went-offline.ts';

const host = (number: number, status: 'online' | 'offline', last_seen_at: string | null) =>
  Host.parse({
    id: `host_${String(number).padStart(26, '0')}`,
    name: `h${number}`,
    status,
    os: 'linux',
    arch: 'x64',
    platform: 'Debian',
    agent_version: null,
    labels: {},
    last_seen_at,
    created_at: '2026-01-01T00:00:00.000Z',
    devices: [],
  });

test('the last seen comes first; the online and the never seen are not offline lately', () => {
  const hosts = [
    host(1, 'offline', '2026-01-01T00:00:00.000Z'),
    host(2, 'online', '2026-01-05T00:00:00.000Z'),
    host(3, 'offline', '2026-01-03T00:00:00.000Z'),
    host(4, 'offline', null),
    host(5, 'offline', '2026-01-02T00:00:00.000Z'),
  ];
  expect(wentOffline(hosts, 2).map(({ name }) => name)).toEqual(['h3', 'h5']);
});
