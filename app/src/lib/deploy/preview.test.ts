import { describe, expect, it } from 'vitest';
import type { Device } from '#protocol/http/hosts.ts';
import { DeviceId, HostId } from '#protocol/ids.ts';
import { previewOf } from './preview.ts';
import { id } from './test-ids.ts';

const device = (number: number, change: Partial<Device> = {}): Device => ({
  id: DeviceId.parse(id('dev', number)),
  host_id: HostId.parse(id('host')),
  key: 'self',
  name: `device ${number}`,
  kind: 'host',
  labels: {},
  status: 'online',
  has_running_deployment: false,
  lock: null,
  ...change,
});

describe('preview', () => {
  const base = { devices: [], groups: [], itemsPerDevice: 1, offlinePolicy: 'fail' as const, expiresInSeconds: null };

  it('counts a device once that is chosen and in a group', () => {
    const preview = previewOf({
      ...base,
      devices: [device(1), device(2)],
      groups: [{ devices: [device(2), device(3)] }],
    });
    expect(preview).toMatchObject({ deviceCount: 3, exact: true, headline: '3 devices', notes: [] });
  });

  it('says what happens to devices that are offline, by the policy', () => {
    const devices = [device(1), device(2, { status: 'offline' }), device(3, { status: 'offline' })];
    expect(previewOf({ ...base, devices }).notes).toEqual(['2 offline will fail at once']);
    expect(previewOf({ ...base, devices, offlinePolicy: 'wait', expiresInSeconds: 3600 }).notes).toEqual([
      '2 offline will wait for their hosts, 1 h at most',
    ]);
  });

  it('says what it does not know', () => {
    const preview = previewOf({
      ...base,
      devices: [device(1, { has_running_deployment: null })],
      groups: [{ deviceCount: 5000 }],
    });
    expect(preview.headline).toBe('up to 5,001 devices');
    expect(preview.notes).toEqual(['of 1 it is not known whether it is locked']);
  });

  it('counts devices that are chosen and not known here', () => {
    expect(previewOf({ ...base, devices: [device(1)], unknownDevices: 20 })).toMatchObject({
      deviceCount: 21,
      exact: true,
    });
    const groups = [{ devices: [device(2)] }];
    expect(previewOf({ ...base, devices: [device(1)], unknownDevices: 20, groups }).headline).toBe('up to 22 devices');
  });

  it('counts targets where each device gets several items', () => {
    expect(previewOf({ ...base, devices: [device(1), device(2)], itemsPerDevice: 3 }).headline).toBe(
      '2 devices × 3 = 6 targets',
    );
  });
});
