/** Asks for the planned deployments at their times, whatever the server's state, and cancels those that are to be canceled. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '#protocol/assert.ts';
import { CreatedDeployment, DeploymentSummary } from '#protocol/http/deployments.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { DeviceId, FileId, ScriptId } from '#protocol/ids.ts';
import type { SpecInput } from '#protocol/spec.ts';
import type { Client } from './client.ts';
import { commandOf, type Intervention, type PlannedDeployment } from './load-plan.ts';

const OVERRUN_SECONDS = 2;
const ASK_AGAIN_AFTER_MS = 250;
/** The server is never away for so long. */
const TAKEN_WITHIN_MS = 120_000;

export type LoadSurroundings = {
  client: Client;
  devices: readonly DeviceId[];
  /** Longer than any agent is away, so that the server gives none of its jobs up. */
  timeoutSeconds: number;
  installer: FileId;
  script: ScriptId;
  file: FileId;
  destinationOf: (planned: PlannedDeployment) => string;
};

export type Asked = { asked: PlannedDeployment; id: string };

const actionOf = (planned: PlannedDeployment, surroundings: LoadSurroundings): SpecInput['action'] => {
  const { installer, script, file, destinationOf } = surroundings;
  const { work } = planned;
  switch (work.type) {
    case 'file':
      return { kind: 'files', file_ids: [file], destination: destinationOf(planned) };
    case 'script':
      return { kind: 'script', script_id: script, parameters: `${work.lines}` };
    case 'install': {
      const install_args = [`${work.lines}`];
      const entry = { name: 'chaos-installer', package_type: 'sh' as const, file_id: installer, install_args };
      return { kind: 'software', custom_software: [entry] };
    }
    case 'print':
    case 'fail':
    case 'overrun':
      return { kind: 'command', command: commandOf(work) };
    default:
      return assertNever(work);
  }
};

const strategyOf = ({ strategy, maxFailures }: PlannedDeployment): SpecInput['strategy'] => {
  const max_failures = maxFailures;
  switch (strategy.type) {
    case 'parallel':
      return { type: 'parallel', max_concurrency: strategy.maxConcurrency, max_failures };
    case 'rolling':
      return { type: 'rolling', batch_size: strategy.batchSize, pause_seconds: strategy.pauseSeconds, max_failures };
    case 'canary':
      return { type: 'canary', canary_size: strategy.size, bake_seconds: strategy.bakeSeconds, max_failures };
    default:
      return assertNever(strategy);
  }
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
  timeout_seconds: planned.work.type === 'overrun' ? OVERRUN_SECONDS : surroundings.timeoutSeconds,
  retries: planned.retries,
  idempotent: planned.idempotent,
  offline: planned.offline === 'fail' ? { policy: 'fail' } : { policy: 'wait', expires_in_seconds: 3600 },
  strategy: strategyOf(planned),
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

/** Done, or no longer possible: either is an answer. */
const tell = async (client: Client, id: string, word: 'cancel' | 'pause' | 'resume'): Promise<void> => {
  const request = { method: 'POST', path: `/deployments/${id}/${word}` };
  await client.until(request, ({ status }) => status === 200 || status === CONFLICT);
};

const intervene = async (client: Client, id: string, intervention: Intervention): Promise<void> => {
  await sleep(intervention.afterMs);
  if (intervention.type === 'cancel') return tell(client, id, 'cancel');
  await tell(client, id, 'pause');
  await sleep(intervention.forMs);
  return tell(client, id, 'resume');
};

const carryOut = async (planned: PlannedDeployment, surroundings: LoadSurroundings): Promise<Asked> => {
  await sleep(planned.atMs);
  const asked = await ask(planned, surroundings);
  if (planned.intervention !== null) await intervene(surroundings.client, asked.id, planned.intervention);
  return asked;
};

/** Resolves when every deployment was taken, and every word said. */
export const carryOutLoad = (plan: readonly PlannedDeployment[], surroundings: LoadSurroundings): Promise<Asked[]> =>
  Promise.all(plan.map((planned) => carryOut(planned, surroundings)));
