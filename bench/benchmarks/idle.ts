/** Processor time of the whole server while agents are connected and do nothing but keep their heartbeat. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PARTS, partCpuMs, usedCpuMs } from '#test-support/whole-system/system.ts';
import { atMost, type Benchmark, type Context, type Figure, figure } from '../benchmark.ts';
import { now } from '../measure.ts';

/** What connecting and earlier work left behind is over by then. */
const QUIET_MS = 20_000;

const run = async ({ options, system, fleet, say }: Context): Promise<Figure[]> => {
  await sleep(QUIET_MS);
  const before = system.usage();
  const startedAt = now();
  say(`watching for ${options.idleSeconds} s`);
  await sleep(options.idleSeconds * 1000);
  const elapsed = now() - startedAt;
  const after = system.usage();
  const percent = (cpuMs: number): number => (cpuMs / elapsed) * 100;
  return [
    figure(
      `${fleet.members().length} agents connected, of one core`,
      percent(usedCpuMs(before, after)),
      '%',
      atMost(1),
    ),
    ...PARTS.map((part) => figure(`of it ${part}`, percent(partCpuMs(before, after, part)), '%')),
  ];
};

export const idle: Benchmark = { name: 'idle', agents: ({ agents }) => agents, fresh: false, run };
