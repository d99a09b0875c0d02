/** One command to many hosts: until the last result is committed and visible. */

import { usedCpuMs } from '#test-support/whole-system/system.ts';
import { atMost, type Benchmark, type Context, type Figure, figure, type Target } from '../benchmark.ts';
import { command, type Deployed, deploy, settle } from '../deploy.ts';
import type { JobTimes } from '../fleet/fleet-messages.ts';
import { median } from '../measure.ts';

type Size = { targets: number; times: number; limit: Target | null };

/** The fewer targets, the more often: a run costs little then, and single ones scatter more. */
const SIZES: readonly Size[] = [
  { targets: 1, times: 20, limit: null },
  { targets: 100, times: 10, limit: atMost(200) },
  { targets: 1000, times: 5, limit: atMost(2000) },
];

type Run = Deployed & { firstOfferAt: number; lastOfferAt: number; lastResultAt: number; cpuMs: number };

const momentsOf = (jobs: readonly JobTimes[]) => ({
  firstOfferAt: Math.min(...jobs.map((job) => job.offered_at)),
  lastOfferAt: Math.max(...jobs.map((job) => job.offered_at)),
  lastResultAt: Math.max(...jobs.map((job) => job.result_sent_at)),
});

const runOnce = async (context: Context, targets: number): Promise<Run> => {
  const { fleet, system } = context;
  const devices = fleet
    .members()
    .slice(0, targets)
    .map((member) => member.device_id);
  await settle();
  await fleet.takeJobs();
  const before = system.usage();
  const deployed = await deploy(context, command('true'), devices);
  const cpuMs = usedCpuMs(before, system.usage());
  return { ...deployed, ...momentsOf(await fleet.takeJobs()), cpuMs };
};

/** Where the time of a typical run goes, phase by phase from the POST on. */
const phases = (name: string, runs: readonly Run[]): Figure[] => {
  const typical = (pick: (run: Run) => number): number => median(runs.map((run) => pick(run) - run.postedAt));
  return [
    figure(
      `${name}: POST answered`,
      typical((run) => run.answeredAt),
      'ms',
    ),
    figure(
      `${name}: first agent has its offer`,
      typical((run) => run.firstOfferAt),
      'ms',
    ),
    figure(
      `${name}: last agent has its offer`,
      typical((run) => run.lastOfferAt),
      'ms',
    ),
    figure(
      `${name}: last agent has sent its result`,
      typical((run) => run.lastResultAt),
      'ms',
    ),
    figure(`${name}: processor time of the server`, median(runs.map((run) => run.cpuMs)), 'ms'),
  ];
};

const runSize = async (context: Context, { targets, times, limit }: Size): Promise<Figure[]> => {
  const name = `${targets} ${targets === 1 ? 'agent' : 'agents'}`;
  await runOnce(context, targets);
  const runs: Run[] = [];
  for (let index = 0; index < times; index++) runs.push(await runOnce(context, targets));
  const elapsed = runs.map(({ postedAt, endedAt }) => endedAt - postedAt);
  context.say(`${name}: ${elapsed.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  return [
    { ...figure(`${name}: all results visible, median`, median(elapsed), 'ms', limit), samples: times },
    figure(`${name}: all results visible, slowest`, Math.max(...elapsed), 'ms'),
    ...phases(name, runs),
  ];
};

const run = async (context: Context): Promise<Figure[]> => {
  const figures: Figure[] = [];
  const connected = context.fleet.members().length;
  const possible = SIZES.filter(({ targets }) => targets <= connected);
  const all = SIZES.some(({ targets }) => targets === connected) ? [] : [{ targets: connected, times: 5, limit: null }];
  for (const size of [...possible, ...all]) figures.push(...(await runSize(context, size)));
  return figures;
};

export const fanout: Benchmark = { name: 'fanout', agents: ({ agents }) => agents, fresh: false, run };
