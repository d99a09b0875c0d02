/** The main job, on real agents: a command, a file and a package to machines and to a group, watched live. */

import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Target } from '#protocol/http/deployments.ts';
import { File, StartedUpload } from '#protocol/http/files.ts';
import { Group } from '#protocol/http/groups.ts';
import { pageOf } from '#protocol/http/page.ts';
import { readTail, watch } from './support/sockets.ts';
import { type Enrolled, World } from './support/world.ts';

let world: World;
let hosts: Enrolled[];

const host = (index: number): Enrolled => {
  const one = hosts[index];
  if (one === undefined) throw new Error('no such host');
  return one;
};

/** A process that has ended may wait in the process table for init to take note of it. */
const isAlive = (pid: string): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

const command = (text: string) => ({ kind: 'command' as const, command: text });

beforeAll(async () => {
  world = await World.start();
  hosts = [
    await world.enroll('lab-1'),
    await world.enroll('lab-2', {
      devices: [{ key: 'emulator-5554', name: 'Pixel 9', kind: 'phone' }],
      policy: { env: { ROLE: 'phones' } },
    }),
    await world.enroll('lab-3', {
      policy: { deny_commands: ['rm *'], allow_roots: [join(world.directory, 'allowed')] },
    }),
  ];
});
afterAll(() => world.stop());

describe('a command', () => {
  it('on a group runs once on each device, and its output is kept', async () => {
    const group = await world.post('/groups', { name: 'lab', device_ids: hosts.map(({ device }) => device.id) }, Group);
    const progress = await world.run({
      action: command('echo "on $DEPLOYX_DEVICE_KEY"; echo oops >&2'),
      group_ids: [group.id],
    });
    expect(progress).toMatchObject({ status: 'completed', completed: 3, success_rate: 100 });
    for (const target of progress.targets)
      expect(await world.log(progress.deployment_id, target.id)).toContain('on self\n');
  });

  it('that fails on one says how, and the deployment is partial', async () => {
    const progress = await world.run({
      action: command('test "$ROLE" = phones && exit 3; echo fine'),
      device_ids: [host(0).device.id, host(1).device.id],
    });
    expect(progress).toMatchObject({ status: 'partial', completed: 1, failed: 1, success_rate: 50 });
    const failed = progress.targets.find((target) => target.status === 'failed');
    expect(failed).toMatchObject({ host_id: host(1).host.id, exit_code: 3 });
  });

  it('beyond its time limit ends with its whole process tree', async () => {
    const pidFile = join(world.directory, 'tree.pid');
    const progress = await world.run({
      action: command(`(sleep 300 & echo $! > ${pidFile}; wait)`),
      device_ids: [host(0).device.id],
      timeout_seconds: 1,
    });
    expect(world.target(progress)).toMatchObject({ status: 'failed', result_message: expect.stringMatching(/time/i) });
    expect(isAlive(readFileSync(pidFile, 'utf8').trim())).toBe(false);
  });

  it('is canceled while it runs, and the device is free', async () => {
    const id = await world.deploy({ action: command('sleep 300'), device_ids: [host(0).device.id] });
    await expect.poll(async () => world.target(await world.progress(id)).status).toBe('running');
    // A lock is told within 100 ms, on its own way.
    await expect.poll(() => world.device(host(0).device.id)).toMatchObject({ has_running_deployment: true });
    expect((await world.call('POST', `/deployments/${id}/cancel`)).status).toBe(200);
    const ended = await world.untilEnded(id);
    expect(ended).toMatchObject({ status: 'canceled', canceled: 1 });
    await expect
      .poll(() => world.device(host(0).device.id))
      .toMatchObject({ has_running_deployment: false, lock: null });
  });

  it('that the host’s policy denies is refused there, and nothing runs', async () => {
    const progress = await world.run({ action: command('rm -rf /tmp/nothing-here'), device_ids: [host(2).device.id] });
    expect(world.target(progress)).toMatchObject({
      status: 'failed',
      result_message: expect.stringMatching(/deny_commands|policy/i),
    });
  });

  it('of 50,000 lines reaches two viewers whole while it runs, and is kept byte for byte', async () => {
    const id = await world.deploy({ action: command('sleep 0.5; seq 1 50000'), device_ids: [host(0).device.id] });
    const target = world.target(await world.progress(id));
    const [first, second] = await Promise.all([
      readTail(world.system, id, target.id),
      readTail(world.system, id, target.id),
    ]);
    const expected = Array.from({ length: 50_000 }, (_, index) => `${index + 1}\n`).join('');
    expect(first.text).toBe(expected);
    expect(second.text).toBe(expected);
    await world.untilEnded(id);
    expect(await world.log(id, target.id)).toBe(expected);
  });
});

describe('attached devices', () => {
  it('appear, take jobs of their own, and are locked by themselves', async () => {
    const phones = async () =>
      (await world.untilHost('lab-2', (one) => one.devices.length === 2)).devices.filter(
        (device) => device.key === 'emulator-5554',
      );
    const [phone] = await phones();
    if (phone === undefined) throw new Error('the phone is attached');
    expect(phone).toMatchObject({ name: 'Pixel 9', kind: 'phone', has_running_deployment: false });
    const id = await world.deploy({ action: command('sleep 1; echo "$DEPLOYX_DEVICE_KEY"'), device_ids: [phone.id] });
    await expect.poll(async () => (await world.device(phone.id)).has_running_deployment).toBe(true);
    expect((await world.device(host(1).device.id)).has_running_deployment).toBe(false);
    const progress = await world.untilEnded(id);
    expect(await world.log(id, world.target(progress).id)).toBe('emulator-5554\n');
  });
});

describe('a file', () => {
  const upload = async (bytes: Uint8Array, filename: string): Promise<File> => {
    const { upload_id, part_size, parts } = await world.post(
      '/files/uploads',
      { filename, size: bytes.length },
      StartedUpload,
    );
    for (let part = 1; part <= parts; part++) {
      const response = await fetch(`${world.system.url}/api/files/uploads/${upload_id}/parts/${part}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${world.system.token}` },
        body: bytes.slice((part - 1) * part_size, part * part_size),
      });
      expect(response.status).toBeLessThan(300);
    }
    return world.post(`/files/uploads/${upload_id}/complete`, {}, File);
  };
  const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  it('of 150 MB arrives byte for byte, with its mode', async () => {
    const bytes = randomBytes(150 * 1024 * 1024);
    const file = await upload(bytes, 'image.bin');
    expect(file).toMatchObject({ size: bytes.length, sha256: hash(bytes) });
    const destination = join(world.directory, 'delivered/');
    const progress = await world.run({
      action: { kind: 'files', file_ids: [file.id], destination: `${destination}/`, mode: '0600' },
      device_ids: [host(0).device.id, host(1).device.id],
    });
    expect(progress).toMatchObject({ status: 'completed', completed: 2 });
    expect(hash(readFileSync(join(destination, 'image.bin')))).toBe(hash(bytes));
    expect(statSync(join(destination, 'image.bin')).mode & 0o777).toBe(0o600);
  });

  it('to a place outside the allowed roots is refused, by .. and by link as well', async () => {
    const form = new FormData();
    form.append('file', new Blob(['hello']), 'hello.txt');
    const response = await fetch(`${world.system.url}/api/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.system.token}` },
      body: form,
    });
    const file = File.parse(await response.json());
    const allowed = join(world.directory, 'allowed');
    mkdirSync(allowed, { recursive: true });
    symlinkSync(world.directory, join(allowed, 'out'));
    for (const destination of [
      join(world.directory, 'hello.txt'),
      `${allowed}/../hello.txt`,
      `${allowed}/out/hello.txt`,
    ]) {
      const progress = await world.run({
        action: { kind: 'files', file_ids: [file.id], destination },
        device_ids: [host(2).device.id],
      });
      expect(world.target(progress), destination).toMatchObject({ status: 'failed' });
      expect(existsSync(join(world.directory, 'hello.txt'))).toBe(false);
    }
    const inside = await world.run({
      action: { kind: 'files', file_ids: [file.id], destination: `${allowed}/hello.txt` },
      device_ids: [host(2).device.id],
    });
    expect(inside.status).toBe('completed');
    expect(readFileSync(`${allowed}/hello.txt`, 'utf8')).toBe('hello');
  });
});

describe('a package', () => {
  const root = process.getuid?.() === 0;
  const installed = () =>
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a field of dpkg
    spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', 'hello'], { encoding: 'utf8' }).stdout === 'installed';

  it.skipIf(!root)(
    'from apt is installed, is reported as installed already, and is removed (needs root: skipped without)',
    async () => {
      const software = (operation: 'install' | 'uninstall') => ({
        kind: 'software' as const,
        operation,
        custom_software: [{ name: 'hello', package_type: 'apt' as const }],
      });
      const device_ids = [host(0).device.id];
      const first = await world.run({ action: software('install'), device_ids });
      expect(world.target(first), await world.log(first.deployment_id, world.target(first).id)).toMatchObject({
        status: 'completed',
      });
      expect(installed()).toBe(true);
      const again = await world.run({ action: software('install'), device_ids });
      expect(world.target(again)).toMatchObject({
        status: 'completed',
        result_message: expect.stringMatching(/already/i),
      });
      const removed = await world.run({ action: software('uninstall'), device_ids });
      expect(world.target(removed)).toMatchObject({ status: 'completed' });
      expect(installed()).toBe(false);
    },
  );
});

describe('an offline host', () => {
  it('fails a deployment with policy fail, and takes one with policy wait when it is back', async () => {
    const { agent, device } = host(1);
    await agent.stop();
    await world.untilHost('lab-2', (one) => one.status === 'offline', 2000);
    const failed = await world.run({ action: command('true'), device_ids: [device.id] });
    expect(world.target(failed)).toMatchObject({
      status: 'failed',
      result_message: expect.stringContaining('host offline since'),
    });
    const id = await world.deploy({
      action: command('echo back'),
      device_ids: [device.id],
      offline: { policy: 'wait', expires_in_seconds: 3600 },
    });
    await expect.poll(async () => world.target(await world.progress(id)).waiting_for).toContain('host offline since');
    agent.run();
    expect((await world.untilEnded(id)).status).toBe('completed');
  });

  it('with policy wait and an end fails when that has come', async () => {
    const { agent, device } = host(1);
    await agent.stop();
    const progress = await world.run({
      action: command('true'),
      device_ids: [device.id],
      offline: { policy: 'wait', expires_in_seconds: 2 },
    });
    expect(world.target(progress)).toMatchObject({
      status: 'failed',
      result_message: expect.stringContaining('expired'),
    });
    agent.run();
    await world.untilHost('lab-2', (one) => one.status === 'online');
  });

  it('that hangs without a word shows as offline within a minute', async () => {
    const { agent } = host(1);
    agent.signal('SIGSTOP');
    try {
      await world.untilHost('lab-2', (one) => one.status === 'offline', 61_000);
    } finally {
      agent.signal('SIGCONT');
    }
    await world.untilHost('lab-2', (one) => one.status === 'online', 40_000);
  });
});

describe('a dashboard', () => {
  it('sees the lock come and go, the states and the end, pushed', async () => {
    const watcher = await watch(world.system);
    const { device } = host(0);
    const id = await world.deploy({ action: command('sleep 0.5'), device_ids: [device.id] });
    await world.untilEnded(id);
    const locks = () =>
      watcher.events.flatMap((event) =>
        event.event === 'device_updated' && event.data.device_id === device.id
          ? [event.data.has_running_deployment]
          : [],
      );
    await expect.poll(() => [...new Set(locks())]).toEqual([true, false]);
    await expect
      .poll(() =>
        watcher.events.some((event) => event.event === 'deployment_completed' && event.data.deployment_id === id),
      )
      .toBe(true);
    watcher.close();
  });
});

describe('reading what happened', () => {
  it('pages through targets by status', async () => {
    const progress = await world.run({ action: command('true'), device_ids: hosts.map(({ device }) => device.id) });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page: z.infer<ReturnType<typeof pageOf<typeof Target>>> = await world.read(
        `/deployments/${progress.deployment_id}/targets?limit=1&status=completed${query}`,
        pageOf(Target),
      );
      seen.push(...page.items.map((target) => target.id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(3);
  });
});
