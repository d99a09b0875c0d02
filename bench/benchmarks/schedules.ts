/**
 * How late schedules fire: from the scheduled instant to the moment at which the agent has the job. Each is on an agent of its own,
 * and lay still for so long that nothing of it is in memory any more, as one that fires once a day does.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Benchmark, type Context, type Figure, figure, spread, type Target } from '../benchmark.ts';
import { haveCron, runCron } from '../cron.ts';
import type { Member } from '../fleet/fleet-messages.ts';
import { median, summarize } from '../measure.ts';
import { createSchedules, type Expected, receivedLate } from '../schedules.ts';

/** Objects that nobody calls leave memory within ten seconds. */
const COLD_MS = 12_000;
/** What making one schedule may take, many in one request and each in its own. */
const CREATED_WITHIN_MS = 40;
const CREATED_ALONE_WITHIN_MS = 500;

/** Single ones are two seconds apart, so that each finds a system at rest. */
const APART_MS = 2000;
const SINGLE_SHARE_OF_SAMPLES = 1 / 8;

/** Schedules are mostly for a whole minute, which is also when the system looks after itself. */
const MINUTE_MS = 60_000;

type Size = { schedules: number; rounds: number; limit: Target | null };
const SIZES: readonly Size[] = [
  { schedules: 100, rounds: 3, limit: null },
  { schedules: 1000, rounds: 3, limit: atMost(5) },
];

/** The daemon starts its jobs as late in their second as it was started itself: several daemons show what comes of that. */
const CRON_PHASES_MS = [100, 300, 500, 700, 900];
const CRON_MINUTES = 3;
const CRON_TOGETHER = { jobs: 100, minutes: 1, phaseMs: 500 };

const wholeAfter = (at: number, unit: number): number => Math.ceil(at / unit) * unit;

const once = (at: number) => ({ type: 'once', at: new Date(at).toISOString() });

const verifyCold = (dueAt: number): void => {
  if (dueAt - Date.now() < COLD_MS) throw new Error('it took too long to make the schedules');
};

const single = async (context: Context): Promise<number[]> => {
  const members = context.fleet.members();
  const count = Math.ceil(context.options.samples * SINGLE_SHARE_OF_SAMPLES);
  const firstAt = wholeAfter(Date.now() + COLD_MS + count * CREATED_ALONE_WITHIN_MS, 1000);
  const expected: Expected[] = [];
  for (let index = 0; index < count; index++) {
    const member = members[index % members.length];
    if (member === undefined) throw new Error('no agent is connected');
    const one = { member, text: `single ${index}`, dueAt: firstAt + index * APART_MS };
    await createSchedules(context, [member], once(one.dueAt), one.text);
    expected.push(one);
  }
  verifyCold(firstAt);
  return receivedLate(context, expected);
};

const together = async (context: Context, members: readonly Member[], text: string): Promise<number[]> => {
  const dueAt = wholeAfter(Date.now() + COLD_MS + members.length * CREATED_WITHIN_MS, MINUTE_MS);
  await createSchedules(context, members, once(dueAt), text);
  verifyCold(dueAt);
  await sleep(dueAt - Date.now() - COLD_MS / 2);
  return receivedLate(
    context,
    members.map((member) => ({ member, text, dueAt })),
  );
};

const runSize = async (context: Context, { schedules, rounds, limit }: Size): Promise<Figure[]> => {
  const name = `${schedules} due at once`;
  const members = context.fleet.members().slice(0, schedules);
  const late: number[][] = [];
  for (let round = 0; round < rounds; round++)
    late.push(await together(context, members, `${schedules} in round ${round}`));
  const lasts = late.map((round) => Math.max(...round));
  context.say(`${name}: the last after ${lasts.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  return [
    ...spread(`${name} → agent has the job`, summarize(late.flat()), 'ms'),
    { ...figure(`${name} → all have it, median`, median(lasts) / 1000, 's', limit), samples: rounds },
    figure(`${name} → all have it, slowest`, Math.max(...lasts) / 1000, 's'),
  ];
};

/** The same for Debian's cron, with one job a minute and with many: until the job itself runs. */
const cron = async ({ directory, say }: Context, oursP50: number): Promise<Figure[]> => {
  if (!haveCron()) {
    say('there is no cron to compare with, or nobody may mount: left out');
    return [];
  }
  say(`cron: ${CRON_MINUTES + 1} minutes`);
  const single = await Promise.all(
    CRON_PHASES_MS.map((phaseMs) =>
      runCron(join(directory, `cron-${phaseMs}`), { jobs: 1, minutes: CRON_MINUTES, phaseMs }),
    ),
  );
  const together = (await runCron(join(directory, 'cron-together'), CRON_TOGETHER)).flat();
  const late = summarize(single.flat(2));
  return [
    ...spread('cron, one due → job runs', late, 'ms'),
    figure('cron, as late as ours, p50', late.p50 / oursP50, '×'),
    figure(`cron, ${CRON_TOGETHER.jobs} due at once → all run`, Math.max(...together) / 1000, 's'),
    figure(
      `cron, ${CRON_TOGETHER.jobs} due at once, first to last`,
      (Math.max(...together) - Math.min(...together)) / 1000,
      's',
    ),
  ];
};

const run = async (context: Context): Promise<Figure[]> => {
  await context.fleet.takeJobs();
  const late = await single(context);
  context.say(`one due: ${late.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  const figures = spread('one due → agent has the job', summarize(late), 'ms', { p99: atMost(50) });
  const connected = context.fleet.members().length;
  for (const size of SIZES) if (size.schedules <= connected) figures.push(...(await runSize(context, size)));
  figures.push(...(await cron(context, median(late))));
  return figures;
};

export const schedules: Benchmark = { name: 'schedules', agents: ({ agents }) => agents, fresh: false, run };
