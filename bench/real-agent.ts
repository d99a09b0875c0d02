/** The agent that is shipped, as a process of its own, where a simulated one would not be the thing that is measured. */
import { execFile } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CreatedEnrollmentToken } from '#protocol/http/hosts.ts';
import { DeviceId } from '#protocol/ids.ts';
import { spawnTied, stopProcess } from '#standalone/tied-process.ts';
import type { Context } from './benchmark.ts';
import { now } from './measure.ts';

const BUNDLE = join(import.meta.dirname, '../dist/agent.mjs');
const ENROLL_WITHIN_MS = 30_000;
const ONLINE_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;
const POLL_MS = 50;

const Devices = z.object({ items: z.array(z.object({ id: DeviceId, status: z.string(), name: z.string() })) });

export type RealAgent = { deviceId: DeviceId; stop: () => Promise<void> };

const untilOnline = async ({ system }: Context, name: string): Promise<DeviceId> => {
  const deadline = now() + ONLINE_WITHIN_MS;
  while (now() < deadline) {
    const { items } = await system.api.get(`/devices?q=${name}`, Devices);
    const device = items.find((one) => one.name === name && one.status === 'online');
    if (device !== undefined) return device.id;
    await sleep(POLL_MS);
  }
  throw new Error(`the agent ${name} did not come online within ${ONLINE_WITHIN_MS / 1000} s`);
};

/** `url` is where it finds the server: a way that the benchmark can cut, perhaps. */
export const startRealAgent = async (context: Context, name: string, url: string): Promise<RealAgent> => {
  const directory = join(context.directory, name);
  mkdirSync(directory, { recursive: true });
  const { token } = await context.system.api.post('/enrollment-tokens', { name }, CreatedEnrollmentToken);
  const args = ['enroll', '--server', url, '--token', token, '--name', name, '--state-dir', directory];
  // Not in step with it: the way to the server may lead through this process.
  await promisify(execFile)(process.execPath, [BUNDLE, ...args], { timeout: ENROLL_WITHIN_MS });
  const child = spawnTied({ command: process.execPath, args: [BUNDLE, 'run', '--state-dir', directory] });
  const log = createWriteStream(join(directory, 'agent.log'), { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const deviceId = await untilOnline(context, name);
  return { deviceId, stop: () => stopProcess(child, STOP_WITHIN_MS) };
};
