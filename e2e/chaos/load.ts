/** Asks for the planned deployments at their times, whatever the server's state, and cancels those that are to be canceled. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CreatedDeployment, DeploymentSummary } from '#protocol/http/deployments.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { DeviceId, FileId } from '#protocol/ids.ts';
import type { SpecInput } from '#protocol/spec.ts';
import type { Client } from './client.ts';
import { commandOf, type PlannedDeployment } from './load-plan.ts';

/** Short enough that a job that hangs ends within the run, long enough for every other one on a busy machine. */
const TIMEOUT_SECONDS = 20;
const OVERRUN_SECONDS = 2;
const ASK_AGAIN_AFTER_MS = 250;
/** The server is never away for so long. */
const TAKEN_WITHIN_MS = 120_000;

export type LoadSurroundings = {
  client: Client;
  devices: readonly DeviceId[];
  installer: FileId;
  file: FileId;
  destinationOf: (planned: PlannedDeployment) => string;
};

export type Asked = { asked: PlannedDeployment; id: string };

const actionOf = (
  planned: PlannedDeployment,
  { installer, file, destinationOf }: LoadSurroundings,
): SpecInput['action'] => {
  const { work } = planned;
  if (work.type === 'file') return { kind: 'files', file_ids: [file], destination: destinationOf(planned) };
  if (work.type === 'install')
    return {
      kind: 'software',
      custom_software: [
        { name: 'chaos-installer', package_type: 'sh', file_id: installer, install_args: [`${work.lines}`] },
      ],
    };
  const command = commandOf(work);
  if (command === null) throw new Error(`${work.type} is a command`);
  return { kind: 'command', command };
};

const deviceOf = ({ devices }: LoadSurroundings, index: number): DeviceId => {
  const device = devices[index];
  if (device === undefined) throw new Error(`there is no device ${index}`);
  return device;
};

export const specOf = (planned: PlannedDeployment, surroundings: LoadSurroundings): SpecInput => ({
  name: planned.name,
  action: actionOf(planned, surroundings),
  device_ids: planned.devices.map((index) => deviceOf(surroundings, index)),
  timeout_seconds: planned.work.type === 'overrun' ? OVERRUN_SECONDS : TIMEOUT_SECONDS,
  retries: planned.retries,
  idempotent: planned.idempotent,
  offline: planned.offline === 'fail' ? { policy: 'fail' } : { policy: 'wait', expires_in_seconds: 3600 },
  strategy: { type: 'parallel', max_concurrency: planned.maxConcurrency, max_failures: planned.maxFailures },
});

const find = async (client: Client, name: string): Promise<string | null> => {
  const page = await client.read(`/deployments?q=${encodeURIComponent(name)}`, pageOf(DeploymentSummary));
  return page.items.find((one) => one.name === name)?.id ?? null;
};

const REFUSED = [400, 401, 403, 404, 422];
const CONFLICT = 409;

/**
 * An answer that was lost says nothing: the deployment may be there, so it is looked for before it is asked for again. A key
 * that is still taken although nothing was made is given up for another.
 */
const ask = async (planned: PlannedDeployment, surroundings: LoadSurroundings): Promise<Asked> => {
  const { client } = surroundings;
  const body = JSON.stringify(specOf(planned, surroundings));
  const deadline = performance.now() + TAKEN_WITHIN_MS;
  for (let key = 0; ; ) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `${planned.name} ${key}` };
    const { status, text } = await client.call({ method: 'POST', path: '/deployments', body, headers });
    if (status === 201) return { asked: planned, id: CreatedDeployment.parse(JSON.parse(text)).deployment_id };
    if (REFUSED.includes(status)) throw new Error(`"${planned.name}" was refused: ${text}`);
    const id = await find(client, planned.name);
    if (id !== null) return { asked: planned, id };
    if (performance.now() > deadline) throw new Error(`"${planned.name}" was not taken: ${status} ${text}`);
    if (status === CONFLICT) key += 1;
    await sleep(ASK_AGAIN_AFTER_MS);
  }
};

/** Canceled now, or over already: either is an answer. */
const cancel = async (client: Client, id: string): Promise<void> => {
  const request = { method: 'POST', path: `/deployments/${id}/cancel` };
  await client.until(request, ({ status }) => status === 200 || status === 409);
};

const carryOut = async (planned: PlannedDeployment, surroundings: LoadSurroundings): Promise<Asked> => {
  await sleep(planned.atMs);
  const asked = await ask(planned, surroundings);
  if (planned.cancelAfterMs !== null) {
    await sleep(planned.cancelAfterMs);
    await cancel(surroundings.client, asked.id);
  }
  return asked;
};

/** Resolves when every deployment was taken, and every cancel. */
export const carryOutLoad = (plan: readonly PlannedDeployment[], surroundings: LoadSurroundings): Promise<Asked[]> =>
  Promise.all(plan.map((planned) => carryOut(planned, surroundings)));
