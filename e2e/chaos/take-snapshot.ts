/** Waits until everything is quiet, and reads all that the invariants are about. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeploymentSummary, Progress, Target } from '#protocol/http/deployments.ts';
import { Device } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { LedgerEntry, ListedExecution, Schedule } from '#protocol/http/schedules.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import { countAlarms } from './alarms.ts';
import type { ChaosAgent } from './chaos-agent.ts';
import type { Client } from './client.ts';
import type { LiveWatcher } from './live-watcher.ts';
import type { Asked } from './load.ts';
import type { AskedSchedule } from './schedule-load.ts';
import type { DeploymentRecord, ScheduleRecord, Snapshot } from './snapshot.ts';

/**
 * An agent that was cut off for long comes back within half a minute (CON7), a job's time limit and its grace pass within
 * two, and objects try again what failed at least once a minute; then the machine may be busy.
 */
const QUIET_WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 500;
/** Somebody who waits wants to know for what. */
const SAY_EVERY_MS = 5000;
const SAID_AT_ONCE = 5;
/** What objects write behind is written by then; nothing else is on its way. */
const STABLE_FOR_MS = 4000;
/** A log is read over one connection each; more at once would only queue. */
const LOGS_AT_ONCE = 8;
/** Small, so that reading in pages is part of what is judged. */
const TARGETS_A_PAGE = 3;

export type Sources = {
  client: Client;
  dataDirectory: string;
  asked: readonly Asked[];
  schedules: readonly AskedSchedule[];
  agents: readonly ChaosAgent[];
  watcher: LiveWatcher;
  fileOf: (asked: Asked) => string | null;
  say: (line: string) => void;
};

const readDevices = ({ client }: Sources) => client.list('/devices', pageOf(Device));
const readSummaries = ({ client }: Sources) => client.list('/deployments', pageOf(DeploymentSummary));
const readProgress = ({ client }: Sources, id: string) => client.read(`/deployments/${id}/progress`, Progress);
const readSchedule = ({ client }: Sources, id: string) => client.read(`/schedules/${id}`, Schedule);
const spooled = ({ agents }: Sources): string[] => agents.flatMap((agent) => agent.spooled());

/** What is still going on, in a few words each. */
const unrest = async (sources: Sources): Promise<string[]> => {
  const devices = (await readDevices(sources)).filter(
    (one) => one.has_running_deployment !== false || one.lock !== null,
  );
  const summaries = (await readSummaries(sources)).filter(({ status }) => !isFinalDeployment(status));
  const schedules = await Promise.all(sources.schedules.map(({ id }) => readSchedule(sources, id)));
  const told = new Set<string>(
    sources.watcher.events.flatMap((one) => (one.event === 'deployment_completed' ? [one.data.deployment_id] : [])),
  );
  return [
    ...devices.map(({ id, name, lock }) => `${name} (${id}) is locked by ${lock?.id}`),
    ...summaries.map(({ id, status }) => `${id} is ${status}`),
    ...schedules.filter((one) => one.is_running).map(({ name }) => `a run of "${name}" goes on`),
    ...sources.asked.flatMap(({ id }) => (told.has(id) ? [] : [`the end of ${id} was not told`])),
    ...spooled(sources).map((path) => `${path} is there`),
  ];
};

/** When the bound is over the snapshot is taken all the same, and says what is not as it should be. */
const untilQuiet = async (sources: Sources): Promise<void> => {
  const deadline = performance.now() + QUIET_WITHIN_MS;
  for (let saidAt = performance.now(); performance.now() < deadline; ) {
    const still = await unrest(sources);
    if (still.length === 0) return;
    if (performance.now() > saidAt + SAY_EVERY_MS) {
      sources.say(`not quiet yet: ${still.slice(0, SAID_AT_ONCE).join('; ')}`);
      saidAt = performance.now();
    }
    await sleep(LOOK_EVERY_MS);
  }
};

const inGroups = async <Value, Result>(
  values: readonly Value[],
  size: number,
  read: (value: Value) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  for (let at = 0; at < values.length; at += size)
    results.push(...(await Promise.all(values.slice(at, at + size).map(read))));
  return results;
};

const readLogs = async ({ client }: Sources, { progress }: Pick<DeploymentRecord, 'progress'>) => {
  const logs = await inGroups(progress.targets, LOGS_AT_ONCE, async ({ id }): Promise<[string, string]> => {
    const path = `/deployments/${progress.deployment_id}/targets/${id}/log`;
    return [id, (await client.until({ method: 'GET', path }, ({ status }) => status === 200)).text];
  });
  return new Map(logs);
};

const readFile = (path: string | null): string | null =>
  path !== null && existsSync(path) ? readFileSync(path, 'utf8') : null;

const readScheduleRecords = async (
  sources: Sources,
  summaries: readonly DeploymentSummary[],
): Promise<ScheduleRecord[]> => {
  const { client } = sources;
  const records: ScheduleRecord[] = [];
  for (const asked of sources.schedules) {
    const fired = summaries.filter(({ name }) => name === asked.asked.name);
    records.push({
      ...asked,
      schedule: await readSchedule(sources, asked.id),
      ledger: await client.list(`/schedules/${asked.id}/ledger`, pageOf(LedgerEntry)),
      executions: await client.list(`/schedules/${asked.id}/executions`, pageOf(ListedExecution)),
      deployments: await inGroups(fired, LOGS_AT_ONCE, ({ id }) => readProgress(sources, id)),
    });
  }
  return records;
};

export const takeSnapshot = async (sources: Sources): Promise<Snapshot> => {
  await untilQuiet(sources);
  const { client, asked, agents, watcher, fileOf } = sources;
  const before = await inGroups(asked, LOGS_AT_ONCE, ({ id }) => readProgress(sources, id));
  await sleep(STABLE_FOR_MS);
  const summaries = await readSummaries(sources);
  const deployments: DeploymentRecord[] = [];
  for (const [index, one] of asked.entries()) {
    const progress = before[index];
    const listed = summaries.find(({ id }) => id === one.id);
    if (progress === undefined || listed === undefined) throw new Error(`${one.id} is in no list`);
    deployments.push({
      asked: one.asked,
      id: one.id,
      listed,
      progress,
      targets: await client.list(`/deployments/${one.id}/targets`, pageOf(Target), TARGETS_A_PAGE),
      again: await readProgress(sources, one.id),
      logs: await readLogs(sources, { progress }),
      file: readFile(fileOf(one)),
    });
  }
  return {
    deployments,
    schedules: await readScheduleRecords(sources, summaries),
    scheduleAlarms: countAlarms(sources.dataDirectory, 'ScheduleObject'),
    names: summaries.map(({ name }) => name),
    devices: await readDevices(sources),
    effects: agents.flatMap((agent) => agent.effects()),
    events: watcher.events,
    spooled: spooled(sources),
  };
};
