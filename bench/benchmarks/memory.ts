/** What a connected agent costs the server in memory: resident memory of all its processes, less that of the idle system. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PARTS, type PartUsage, totalRssBytes, usedCpuMs } from '#test-support/whole-system/system.ts';
import { atMost, type Benchmark, type Context, type Figure, figure } from '../benchmark.ts';
import { command, deploy } from '../deploy.ts';
import { now } from '../measure.ts';

/** Objects that nobody calls leave memory within ten seconds; their sockets stay. */
const QUIET_MS = 15_000;
const MEGABYTE = 1024 * 1024;

/** After a while of quiet, in which the processor is watched as well. */
const measureQuiet = async ({ system }: Context): Promise<{ usage: PartUsage; cpuPercent: number }> => {
  await sleep(QUIET_MS);
  const before = system.usage();
  const startedAt = now();
  await sleep(QUIET_MS);
  const usage = system.usage();
  return { usage, cpuPercent: (usedCpuMs(before, usage) / (now() - startedAt)) * 100 };
};

const perAgent = (base: PartUsage, usage: PartUsage, agents: number): number =>
  (totalRssBytes(usage) - totalRssBytes(base)) / agents / MEGABYTE;

const run = async (context: Context): Promise<Figure[]> => {
  const { agents } = context.options;
  context.say('waiting for the empty system to be quiet');
  const empty = await measureQuiet(context);
  const connectMs = await context.fleet.grow(agents);
  context.say(`${agents} agents enrolled and connected in ${(connectMs / 1000).toFixed(1)} s`);
  const connected = await measureQuiet(context);
  const devices = context.fleet.members().map((member) => member.device_id);
  for (let index = 0; index < 3; index++) await deploy(context, command('true'), devices);
  const worked = await measureQuiet(context);
  return [
    figure('an agent, all connected and idle', perAgent(empty.usage, connected.usage, agents), 'MB', atMost(0.6)),
    figure('an agent, after three deployments to all', perAgent(empty.usage, worked.usage, agents), 'MB'),
    ...PARTS.map((part) => figure(`${part}, no agent`, empty.usage[part].rssBytes / MEGABYTE, 'MB')),
    ...PARTS.map((part) => figure(`${part}, ${agents} agents`, connected.usage[part].rssBytes / MEGABYTE, 'MB')),
    ...PARTS.map((part) => figure(`${part}, after the deployments`, worked.usage[part].rssBytes / MEGABYTE, 'MB')),
    figure('processor with no agent, of one core', empty.cpuPercent, '%'),
    figure(`time to enroll and connect ${agents} agents`, connectMs / 1000, 's'),
  ];
};

export const memory: Benchmark = { name: 'memory', agents: () => 0, fresh: true, run };
