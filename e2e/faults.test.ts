/**
 * SIGKILL of each part at each moment of a job. Afterwards the target has its one right final state, nothing ran twice, no lock
 * remains and the log is whole.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DeploymentId } from '#protocol/ids.ts';
import type { SpecInput } from '#protocol/spec.ts';
import { serveSlowly } from './support/slow-server.ts';
import { type Enrolled, World } from './support/world.ts';

const LINES = 200;
const OUTPUT = Array.from({ length: LINES }, (_, index) => `${index + 1}\n`).join('');

/** Notes its beginning and its end in a file, so that a test sees how often it ran. */
const script = (marker: string): string => `echo begin >> ${marker}; seq 1 ${LINES}; sleep 1; echo end >> ${marker}`;

let world: World;
let lab: Enrolled;
let slow: { url: string; close: () => void };

beforeAll(async () => {
  world = await World.start();
  lab = await world.enroll('lab-1');
  // The marker comes as an argument, so that one address serves every test.
  slow = await serveSlowly(`${'#'.repeat(2000)}\n${script('"$1"')}\n`);
});
afterAll(async () => {
  slow.close();
  await world.stop();
});

type Moment = 'at dispatch' | 'while downloading' | 'while running' | 'before the result is acknowledged';
const moments: Moment[] = ['at dispatch', 'while downloading', 'while running', 'before the result is acknowledged'];

type Run = { id: DeploymentId; marker: string; download: boolean };

const marked = (marker: string): string[] =>
  existsSync(marker) ? readFileSync(marker, 'utf8').trim().split('\n') : [];

const specFor = (moment: Moment, marker: string): SpecInput => {
  const command: SpecInput['action'] = { kind: 'command', command: script(marker) };
  const download: SpecInput['action'] = {
    kind: 'software',
    custom_software: [{ name: 'slow', package_type: 'sh', download_url: slow.url, install_args: [marker] }],
  };
  return { action: moment === 'while downloading' ? download : command, device_ids: [lab.device.id] };
};

const reach = async (moment: Moment, { id, marker }: Run): Promise<void> => {
  const wanted = {
    'at dispatch': null,
    'while downloading': null,
    'while running': 'begin',
    'before the result is acknowledged': 'end',
  }[moment];
  if (moment === 'while downloading')
    await vi.waitFor(async () => expect(world.target(await world.progress(id)).status).toBe('downloading'), {
      timeout: 10_000,
      interval: 20,
    });
  if (wanted !== null)
    await vi.waitFor(() => expect(marked(marker)).toContain(wanted), { timeout: 10_000, interval: 2 });
};

let number = 0;
const begin = async (moment: Moment): Promise<Run> => {
  // The agent may still be on its way back from the fault before.
  await world.untilHost('lab-1', ({ status }) => status === 'online');
  const marker = join(world.directory, `marker-${++number}`);
  const id = await world.deploy(specFor(moment, marker));
  const run = { id, marker, download: moment === 'while downloading' };
  await reach(moment, run);
  return run;
};

const onlyOutput = (log: string): string =>
  log
    .split('\n')
    .filter((line) => /^\d+$/.test(line))
    .join('\n');

/** A server that was away again finds out with its agent, which asks within eight seconds (CON7). */
const AGENT_BACK_WITHIN_MS = 20_000;

const checkLock = () =>
  vi.waitFor(
    async () => expect(await world.device(lab.device.id)).toMatchObject({ has_running_deployment: false, lock: null }),
    { timeout: AGENT_BACK_WITHIN_MS, interval: 50 },
  );

const checkCompleted = async ({ id, marker }: Run): Promise<void> => {
  const target = world.target(await world.untilEnded(id));
  expect(target, `${target.result_message}`).toMatchObject({ status: 'completed', attempt: 1 });
  expect(marked(marker)).toEqual(['begin', 'end']);
  expect(onlyOutput(await world.log(id, target.id))).toBe(OUTPUT.trimEnd());
  await checkLock();
};

describe('SIGKILL of workerd', () => {
  for (const moment of moments)
    it(`${moment}: the job runs once and completes`, async () => {
      const run = await begin(moment);
      world.system.kill('workerd');
      await checkCompleted(run);
    });
});

describe('SIGKILL of the standalone process', () => {
  const kill = async (): Promise<void> => {
    const [supervisor] = world.system.processes();
    if (supervisor === undefined) throw new Error('the system runs');
    process.kill(supervisor.pid, 'SIGKILL');
    await vi.waitFor(() => expect(existsSync(`/proc/${supervisor.pid}`)).toBe(false), { timeout: 5000 });
    await world.system.start();
  };
  for (const moment of moments)
    it(`${moment}: the job runs once and completes when the system is started again`, async () => {
      const run = await begin(moment);
      await kill();
      await checkCompleted(run);
    });
});

describe('SIGKILL of the agent', () => {
  for (const moment of moments)
    it(`${moment}: the job ends once, completed or interrupted, and never runs again`, async () => {
      const run = await begin(moment);
      await lab.agent.kill();
      await sleep(200);
      lab.agent.run();
      const target = world.target(await world.untilEnded(run.id));
      const log = await world.log(run.id, target.id);
      const beginnings = marked(run.marker).filter((line) => line === 'begin').length;
      if (target.status === 'completed') {
        expect(marked(run.marker)).toEqual(['begin', 'end']);
        expect(onlyOutput(log)).toBe(OUTPUT.trimEnd());
      } else {
        expect(target).toMatchObject({ status: 'failed', result_message: expect.stringContaining('interrupted') });
        expect(beginnings).toBeLessThanOrEqual(1);
        expect(OUTPUT.startsWith(onlyOutput(log))).toBe(true);
      }
      if (moment === 'while running') expect(target.status).toBe('failed');
      await checkLock();
      const after = world.target(await world.progress(run.id));
      expect(after).toEqual(target);
    });
});
