/**
 * `npm run bench`: measures the system as `npm start` runs it, with simulated agents that speak the real protocol, and holds
 * each figure against its target. The agents live in a process of their own; this one only drives and takes the time.
 * Figures are of this machine and this moment: the load beside them says how far to trust them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineBusyMs, processTree } from '#test-support/whole-system/processes.ts';
import { startSystem } from '#test-support/whole-system/system.ts';
import type { Benchmark, Context, Figure } from './benchmark.ts';
import { dispatch } from './benchmarks/dispatch.ts';
import { fanout } from './benchmarks/fanout.ts';
import { files } from './benchmarks/files.ts';
import { idle } from './benchmarks/idle.ts';
import { lock } from './benchmarks/lock.ts';
import { logs } from './benchmarks/logs.ts';
import { memory } from './benchmarks/memory.ts';
import { recovery } from './benchmarks/recovery.ts';
import { rolling } from './benchmarks/rolling.ts';
import { schedules } from './benchmarks/schedules.ts';
import { schedulesIdle } from './benchmarks/schedules-idle.ts';
import { openDashboard } from './dashboard.ts';
import { startFleet } from './fleet/fleet.ts';
import { now } from './measure.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { type Load, type Report, table, writeResults } from './report.ts';

/** In this order: those with few agents first, then all that share the full number of them. */
const BENCHMARKS: readonly Benchmark[] = [
  dispatch,
  lock,
  files,
  logs,
  schedulesIdle,
  memory,
  idle,
  fanout,
  rolling,
  schedules,
  recovery,
];

type Surroundings = Context & { close: () => Promise<void> };

const say = (line: string): void => console.error(`  … ${line}`);

const open = async (options: Options, number: number, directory: string): Promise<Surroundings> => {
  const system = await startSystem(join(directory, `system-${number}`), options.profile);
  const fleet = startFleet(system);
  const dashboard = await openDashboard(system.url, system.token);
  const close = async (): Promise<void> => {
    dashboard.close();
    await fleet.close();
    await system.stop();
  };
  return { options, directory, system, fleet, dashboard, say, close };
};

const ownCpuMs = (): number => processTree(process.pid).reduce((sum, { cpuMs, reapedMs }) => sum + cpuMs + reapedMs, 0);

/** What everything but this process and those below it used of the machine. */
const watchLoad = (): (() => Load) => {
  const averageBefore = loadavg()[0] ?? 0;
  const before = { at: now(), busy: machineBusyMs(), own: ownCpuMs() };
  return () => {
    const others = machineBusyMs() - before.busy - (ownCpuMs() - before.own);
    return { averageBefore, othersPercent: Math.max(0, (others / (now() - before.at) / cpus().length) * 100) };
  };
};

const measure = async (benchmark: Benchmark, context: Context): Promise<Report> => {
  console.error(`${benchmark.name} …`);
  const load = watchLoad();
  let figures: Figure[] = [];
  let error: string | null = null;
  try {
    await context.fleet.grow(benchmark.agents(context.options));
    figures = await benchmark.run(context);
  } catch (cause) {
    error = cause instanceof Error ? cause.message : String(cause);
  }
  return { name: benchmark.name, load: load(), figures, error };
};

const runAll = async (options: Options, wanted: readonly Benchmark[], directory: string): Promise<boolean> => {
  const startedAt = new Date();
  const reports: Report[] = [];
  let current: Surroundings | null = null;
  let opened = 0;
  for (const benchmark of wanted) {
    if (benchmark.fresh) {
      await current?.close();
      current = null;
    }
    if (current === null) {
      opened += 1;
      current = await open(options, opened, directory);
    }
    const report = await measure(benchmark, current);
    reports.push(report);
    if (report.error !== null) {
      // Nobody knows in which state it was left.
      await current.close();
      current = null;
    }
    console.log(table(report));
    const path = writeResults(startedAt, options, reports);
    if (benchmark === wanted.at(-1)) console.log(`Written to ${path}`);
  }
  await current?.close();
  return reports.every(({ error }) => error === null);
};

const main = async (): Promise<number> => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const options = parseOptions(
    args,
    BENCHMARKS.map(({ name }) => name),
  );
  const wanted = BENCHMARKS.filter(({ name }) => options.only?.includes(name) ?? true);
  const directory = mkdtempSync(join(tmpdir(), 'deployx-bench-'));
  const good = await runAll(options, wanted, directory);
  // What the server logged tells why a benchmark failed.
  if (good) rmSync(directory, { recursive: true, force: true });
  else console.error(`The server's log and data are in ${directory}`);
  return good ? 0 : 1;
};

process.exitCode = await main().catch((error) => {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  return 1;
});
