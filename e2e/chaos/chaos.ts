/**
 * A chaos run: the system as `npm start` runs it, real agents behind bad lines, a steady load of mixed deployments, and faults
 * that strike as the seed has planned. When all faults are healed and everything is quiet, the invariants are judged.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { File as UploadedFile } from '#protocol/http/files.ts';
import { CreatedEnrollmentToken, Host } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { Script } from '#protocol/http/scripts.ts';
import type { DeviceId, FileId } from '#protocol/ids.ts';
import { type System, startSystem } from '#test-support/whole-system/system.ts';
import { ChaosAgent } from './chaos-agent.ts';
import { Client } from './client.ts';
import { type PlannedFault, planFaults } from './fault-plan.ts';
import { carryOut } from './faults.ts';
import { FILE_TEXT, violations } from './invariants.ts';
import { LiveWatcher } from './live-watcher.ts';
import { type Asked, carryOutLoad } from './load.ts';
import { type PlannedDeployment, PRINTER, planLoad } from './load-plan.ts';
import { SmallDisk } from './small-disk.ts';
import type { Snapshot } from './snapshot.ts';
import { takeSnapshot } from './take-snapshot.ts';

export type ChaosOptions = {
  seed: string;
  /** How long faults strike; what is under way then still comes to its end. */
  forMs: number;
  agents: number;
  /** A new deployment so often. */
  everyMs: number;
  /** Keeps the folder of the run also when all went well. */
  keep: boolean;
  say: (line: string) => void;
};

export type ChaosReport = {
  seed: string;
  faults: Readonly<Record<string, number>>;
  deployments: number;
  targets: Readonly<Record<string, number>>;
  /** Jobs that began, by what they noted. */
  begun: number;
  seconds: number;
  /** Faults that cannot be made here, and why. */
  skipped: readonly string[];
  violations: readonly string[];
  /** Where the data, the logs and the list of faults are; null when all went well and they were removed. */
  kept: string | null;
};

/** Two of the agents have small disks: the others' jobs show that a full disk is its host's alone. */
const SMALL_DISKS = [0, 1];
const ONLINE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

type Run = { options: ChaosOptions; directory: string; system: System; client: Client; agents: ChaosAgent[] };

const startAgents = async (run: Run, smallDisks: readonly number[]): Promise<void> => {
  const { options, directory, system, client, agents } = run;
  const token = await client.post('/enrollment-tokens', { name: 'chaos' }, CreatedEnrollmentToken);
  for (let index = 0; index < options.agents; index++) {
    const upstream = Number(new URL(system.url).port);
    const agent = await ChaosAgent.make({ index, directory, upstream, smallDisk: smallDisks.includes(index) });
    agents.push(agent);
    await agent.enroll(system.url, token.token);
    agent.start();
  }
};

/** Two for each agent: the machine itself and what is attached to it. */
const devicesOf = async ({ client, agents }: Run): Promise<DeviceId[]> => {
  const deadline = performance.now() + ONLINE_WITHIN_MS;
  while (performance.now() < deadline) {
    const hosts = await client.list('/hosts', pageOf(Host));
    const devices = agents.flatMap(({ name }) => hosts.find((host) => host.name === name)?.devices ?? []);
    if (devices.length === 2 * agents.length && hosts.every(({ status }) => status === 'online'))
      return devices.map(({ id }) => id);
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

const tally = (values: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));

const strikeAndDeploy = async (run: Run, faults: readonly PlannedFault[]): Promise<Snapshot> => {
  const { options, directory, system, client, agents } = run;
  const { seed, forMs, everyMs, say } = options;
  const devices = await devicesOf(run);
  const installer = await upload(client, 'install.sh', PRINTER);
  const file = await upload(client, 'chaos.txt', FILE_TEXT);
  const printer = { name: 'chaos', interpreter: 'sh', content: PRINTER };
  const { id: script } = await client.post('/scripts', printer, Script);
  const destinationOf = ({ name }: PlannedDeployment): string =>
    join(directory, 'delivered', name.replaceAll(' ', '-'), '/');
  const watcher = new LiveWatcher(system.url, system.token);
  watcher.start();
  const plan = planLoad({ seed, forMs, devices: devices.length, everyMs });
  say(`${faults.length} faults and ${plan.length} deployments on ${devices.length} devices within ${forMs / 1000} s`);
  const surroundings = { client, devices, installer, script, file, destinationOf };
  // Both come to their ends, so that a failure of one does not leave the other striking what is being taken down.
  const [load, struck] = await Promise.allSettled([
    carryOutLoad(plan, surroundings),
    carryOut({ system, dataDirectory: join(directory, 'data'), agents, note: say }, faults),
  ]);
  if (struck.status === 'rejected') throw struck.reason;
  if (load.status === 'rejected') throw load.reason;
  const asked = load.value;
  say('all faults are healed; waiting for quiet');
  const fileOf = ({ asked: planned }: Asked): string | null =>
    planned.work.type === 'file' ? join(destinationOf(planned), 'chaos.txt') : null;
  const snapshot = await takeSnapshot({ client, asked, agents, watcher, fileOf, say });
  await watcher.close();
  return snapshot;
};

const closeAll = async ({ system, agents }: Run): Promise<void> => {
  await Promise.all(agents.map((agent) => agent.close()));
  await system.stop();
};

const summarize = (snapshot: Snapshot, faults: readonly PlannedFault[]) => ({
  faults: tally(faults.map(({ fault }) => fault.type)),
  deployments: snapshot.deployments.length,
  targets: tally(snapshot.deployments.flatMap(({ progress }) => progress.targets.map(({ status }) => status))),
  begun: snapshot.effects.filter(({ event }) => event === 'begin').length,
});

export const runChaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  const startedAt = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'deployx-chaos-'));
  const lines: string[] = [];
  const say = (line: string): void => {
    lines.push(`${((performance.now() - startedAt) / 1000).toFixed(2)} ${line}`);
    options.say(line);
  };
  const noDisk = SmallDisk.unavailable();
  const smallDisks = noDisk === null ? SMALL_DISKS : [];
  const faults = planFaults({ ...options, smallDisks });
  const system = await startSystem(directory, null);
  const client = new Client(system.url, system.token);
  const run: Run = { options: { ...options, say }, directory, system, client, agents: [] };
  let wrong: string[] = ['the run did not come to its end'];
  try {
    mkdirSync(join(directory, 'delivered'));
    await startAgents(run, smallDisks);
    const snapshot = await strikeAndDeploy(run, faults);
    wrong = violations(snapshot);
    const report = {
      seed: options.seed,
      ...summarize(snapshot, faults),
      seconds: Math.round((performance.now() - startedAt) / 1000),
      skipped: noDisk === null ? [] : [`full_disk: ${noDisk}`],
      violations: wrong,
      kept: wrong.length === 0 && !options.keep ? null : directory,
    };
    writeFileSync(join(directory, 'snapshot.json'), JSON.stringify(snapshot, writeMaps, 1));
    return report;
  } finally {
    await closeAll(run);
    writeFileSync(join(directory, 'faults.log'), `${lines.join('\n')}\n`);
    if (wrong.length === 0 && !options.keep) rmSync(directory, { recursive: true, force: true });
    else say(`kept in ${directory}: faults.log, snapshot.json, server.log, the data, and a folder for each agent`);
  }
};

const writeMaps = (_key: string, value: unknown): unknown => (value instanceof Map ? Object.fromEntries(value) : value);

/** The report as lines for a person. */
export const reportText = (report: ChaosReport): string => {
  const counts = (values: Readonly<Record<string, number>>): string =>
    Object.entries(values)
      .sort()
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const faults = Object.values(report.faults).reduce((sum, count) => sum + count, 0);
  return [
    `seed ${report.seed}, ${report.seconds} s`,
    `${faults} faults: ${counts(report.faults)}`,
    ...report.skipped.map((line) => `not made here: ${line}`),
    `${report.deployments} deployments, targets: ${counts(report.targets)}; ${report.begun} jobs began`,
    ...report.violations.map((wrong) => `VIOLATED ${wrong}`),
    report.violations.length === 0 ? 'all invariants hold' : `${report.violations.length} violations`,
  ].join('\n');
};
