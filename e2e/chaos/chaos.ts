/**
 * A chaos run: the system as `npm start` runs it, real agents behind bad lines, a steady load of mixed deployments, and faults
 * that strike as the seed has planned. When all faults are healed and everything is quiet, the invariants are judged.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSystem } from '#test-support/whole-system/system.ts';
import { Client } from './client.ts';
import { type PlannedFault, planFaults } from './fault-plan.ts';
import { carryOut } from './faults.ts';
import { violations } from './invariants.ts';
import { FILE_NAME, type Lab, prepareLoad, startAgents } from './lab.ts';
import { LiveWatcher } from './live-watcher.ts';
import { type Asked, carryOutLoad } from './load.ts';
import { planLoad } from './load-plan.ts';
import { carryOutWords, createSchedules, stopSchedules } from './schedule-load.ts';
import { planSchedules } from './schedule-plan.ts';
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
  /** What schedules fired, by what became of it. */
  firings: Readonly<Record<string, number>>;
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

const tally = (values: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));

const MINUTE_MS = 60_000;

/** Of a short run, so that faults strike while schedules fire and while what they fired runs. */
const AFTER_MINUTE_MS = 4000;

/** Also in a short run a minute begins while faults strike. */
const untilMinuteIsAhead = async (forMs: number, say: (line: string) => void): Promise<void> => {
  const untilMinute = MINUTE_MS - (Date.now() % MINUTE_MS);
  const wait = untilMinute - forMs + AFTER_MINUTE_MS;
  if (wait <= 0) return;
  say(`waiting ${Math.round(wait / 1000)} s for the minute`);
  await sleep(wait);
};

const strikeAndDeploy = async (lab: Lab, options: ChaosOptions, faults: readonly PlannedFault[]): Promise<Snapshot> => {
  const { directory, system, client, agents } = lab;
  const { say, forMs } = options;
  const surroundings = await prepareLoad(lab, forMs);
  const plan = planLoad({ ...options, devices: surroundings.devices.length });
  const { boxes } = surroundings;
  const schedules = await createSchedules(
    planSchedules({ ...options, boxes: boxes.length, devices: boxes.length + surroundings.devices.length }),
    { ...surroundings, devices: [...boxes, ...surroundings.devices] },
  );
  await untilMinuteIsAhead(forMs, say);
  say(`${faults.length} faults and ${plan.length} deployments on ${agents.length} agents within ${forMs / 1000} s`);
  const watcher = new LiveWatcher(system.url, system.token);
  watcher.start();
  try {
    // Both come to their ends, so that a failure of one does not leave the other striking what is being taken down.
    const dataDirectory = join(directory, 'data');
    const [load, words, struck] = await Promise.allSettled([
      carryOutLoad(plan, surroundings),
      carryOutWords(client, schedules),
      carryOut({ system, dataDirectory, agents, note: say }, faults),
    ]);
    if (struck.status === 'rejected') throw struck.reason;
    if (load.status === 'rejected') throw load.reason;
    if (words.status === 'rejected') throw words.reason;
    await stopSchedules(client, schedules);
    say('all faults are healed; waiting for quiet');
    const fileOf = ({ asked }: Asked): string | null =>
      asked.work.type === 'file' ? join(surroundings.destinationOf(asked), FILE_NAME) : null;
    return await takeSnapshot({ client, dataDirectory, asked: load.value, schedules, agents, watcher, fileOf, say });
  } finally {
    await watcher.close();
  }
};

const closeAll = async ({ system, agents }: Lab): Promise<void> => {
  await Promise.all(agents.map((agent) => agent.close()));
  await system.stop();
};

const summarize = (snapshot: Snapshot, faults: readonly PlannedFault[]) => ({
  faults: tally(faults.map(({ fault }) => fault.type)),
  deployments: snapshot.deployments.length,
  firings: tally(snapshot.schedules.flatMap(({ ledger }) => ledger.map(({ kind, outcome }) => `${kind} ${outcome}`))),
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
  const lab: Lab = { directory, system, client: new Client(system.url, system.token), agents: [] };
  let wrong: string[] = ['the run did not come to its end'];
  try {
    await startAgents(lab, options.agents, smallDisks);
    const snapshot = await strikeAndDeploy(lab, { ...options, say }, faults);
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
    await closeAll(lab);
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
    `firings of schedules: ${counts(report.firings)}`,
    ...report.violations.map((wrong) => `VIOLATED ${wrong}`),
    report.violations.length === 0 ? 'all invariants hold' : `${report.violations.length} violations`,
  ].join('\n');
};
