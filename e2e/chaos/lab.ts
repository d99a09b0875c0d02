/** What a chaos run works with: a system, agents behind bad lines, and what its deployments deliver. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { File as UploadedFile } from '#protocol/http/files.ts';
import { CreatedEnrollmentToken, Host } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { Script } from '#protocol/http/scripts.ts';
import type { DeviceId, FileId } from '#protocol/ids.ts';
import type { System } from '#test-support/whole-system/system.ts';
import { ChaosAgent, SCHEDULED_KEY } from './chaos-agent.ts';
import type { Client } from './client.ts';
import { LONG_RUN_MS } from './fault-plan.ts';
import { FILE_TEXT } from './invariants.ts';
import type { LoadSurroundings } from './load.ts';
import { PRINTER } from './load-plan.ts';

/** An agent is away for seconds, and in a long run for a minute and more, several times in a row if it comes so. */
const TIMEOUT_SECONDS = 60;
const LONG_TIMEOUT_SECONDS = 600;
const ONLINE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** The name of the file that the `file` work delivers. */
export const FILE_NAME = 'chaos.txt';

export type Lab = { directory: string; system: System; client: Client; agents: ChaosAgent[] };

export const startAgents = async (lab: Lab, count: number, smallDisks: readonly number[]): Promise<void> => {
  const { directory, system, client, agents } = lab;
  const token = await client.post('/enrollment-tokens', { name: 'chaos' }, CreatedEnrollmentToken);
  for (let index = 0; index < count; index++) {
    const upstream = Number(new URL(system.url).port);
    const agent = await ChaosAgent.make({ index, directory, upstream, smallDisk: smallDisks.includes(index) });
    agents.push(agent);
    await agent.enroll(system.url, token.token);
    agent.start();
  }
};

/** What deployments go to, and what is left to schedules: the machine itself and a phone, and a box, for each agent. */
const devicesOf = async ({ client, agents }: Lab): Promise<{ devices: DeviceId[]; boxes: DeviceId[] }> => {
  const deadline = performance.now() + ONLINE_WITHIN_MS;
  while (performance.now() < deadline) {
    const hosts = await client.list('/hosts', pageOf(Host));
    const devices = agents.flatMap(({ name }) => hosts.find((host) => host.name === name)?.devices ?? []);
    if (devices.length === 3 * agents.length && hosts.every(({ status }) => status === 'online')) {
      const isBox = ({ key }: { key: string }): boolean => key === SCHEDULED_KEY;
      const others = devices.filter((device) => !isBox(device));
      return { devices: others.map(({ id }) => id), boxes: devices.filter(isBox).map(({ id }) => id) };
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`the agents were not online within ${ONLINE_WITHIN_MS / 1000} s`);
};

const upload = async (client: Client, filename: string, text: string): Promise<FileId> => {
  const body = new FormData();
  body.append('file', new Blob([text]), filename);
  const { status, text: answer } = await client.call({ method: 'POST', path: '/files', body });
  if (status !== 201) throw new Error(`the upload of ${filename} answered ${status}: ${answer}`);
  return UploadedFile.parse(JSON.parse(answer)).id;
};

/** Everything there is to deploy, and to whom. */
export const prepareLoad = async (
  lab: Lab,
  forMs: number,
): Promise<LoadSurroundings & { boxes: readonly DeviceId[] }> => {
  const { client, directory } = lab;
  const delivered = join(directory, 'delivered');
  mkdirSync(delivered);
  const printer = { name: 'chaos', interpreter: 'sh', content: PRINTER };
  return {
    client,
    ...(await devicesOf(lab)),
    timeoutSeconds: forMs >= LONG_RUN_MS ? LONG_TIMEOUT_SECONDS : TIMEOUT_SECONDS,
    installer: await upload(client, 'install.sh', PRINTER),
    script: (await client.post('/scripts', printer, Script)).id,
    file: await upload(client, FILE_NAME, FILE_TEXT),
    destinationOf: ({ name }) => join(delivered, name.replaceAll(' ', '-'), '/'),
  };
};
