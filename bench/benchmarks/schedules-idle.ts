/** What schedules cost that have nothing to do for months: processor time, memory, and the look at them every minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PARTS, type PartUsage, partCpuMs, totalRssBytes, usedCpuMs } from '#test-support/whole-system/system.ts';
import { atMost, type Benchmark, type Context, type Figure, figure } from '../benchmark.ts';
import { now } from '../measure.ts';
import { createSchedules, MADE_AT_ONCE, verifyActive } from '../schedules.ts';

/** Ten thousand with the usual number of agents. */
const PER_AGENT = 10;
const DAY_MS = 86_400_000;
/** The nearest run, and how far the runs of one request's schedules are from those of the next one's. */
const FIRST_RUN_MS = 40 * DAY_MS;
const APART_MS = 6 * DAY_MS;

const MEGABYTE = 1024 * 1024;
const MINUTE_MS = 60_000;
/** The work of the minute is done well within this; it begins with the minute. */
const BEFORE_MINUTE_MS = 1000;
const MINUTES_WORK_MS = 5000;
/** What making them left behind is over when the server uses less than this, and objects have left memory. */
const QUIET_PERCENT = 3;
const LOOK_MS = 5000;
const QUIET_WITHIN_MS = 600_000;
const EVICTED_MS = 15_000;

const percentOf = (before: PartUsage, after: PartUsage, elapsed: number): number =>
  (usedCpuMs(before, after) / elapsed) * 100;

const untilQuiet = async ({ system }: Context): Promise<void> => {
  const deadline = now() + QUIET_WITHIN_MS;
  for (;;) {
    const before = system.usage();
    const startedAt = now();
    await sleep(LOOK_MS);
    if (percentOf(before, system.usage(), now() - startedAt) < QUIET_PERCENT) break;
    if (now() > deadline) throw new Error(`the server was not at rest within ${QUIET_WITHIN_MS / 60_000} minutes`);
  }
  await sleep(EVICTED_MS);
};

type Watched = { usage: PartUsage; percent: number; parts: Record<string, number>; minuteMs: number };

/** From a moment on that lies before a minute's beginning, so that its work falls into what is watched. */
const watch = async ({ system, options }: Context): Promise<Watched> => {
  const toMinute = MINUTE_MS - (Date.now() % MINUTE_MS);
  if (toMinute < BEFORE_MINUTE_MS) await sleep(toMinute + BEFORE_MINUTE_MS);
  const before = system.usage();
  const startedAt = now();
  await sleep(MINUTE_MS - (Date.now() % MINUTE_MS) - BEFORE_MINUTE_MS);
  const minute = system.usage();
  await sleep(BEFORE_MINUTE_MS + MINUTES_WORK_MS);
  const minuteMs = usedCpuMs(minute, system.usage());
  await sleep(Math.max(0, startedAt + options.idleSeconds * 1000 - now()));
  const usage = system.usage();
  const elapsed = now() - startedAt;
  const parts = Object.fromEntries(PARTS.map((part) => [part, (partCpuMs(before, usage, part) / elapsed) * 100]));
  return { usage, percent: percentOf(before, usage, elapsed), parts, minuteMs };
};

/** Once a year each: never due while anybody measures. */
const yearly = (at: Date) => ({
  type: 'cron',
  cron_expression: `${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`,
});

const make = async (context: Context, count: number): Promise<number> => {
  const members = context.fleet.members().slice(0, MADE_AT_ONCE);
  const startedAt = now();
  for (let made = 0; made < count; made += members.length) {
    const at = new Date(Date.now() + FIRST_RUN_MS + (made / members.length) * APART_MS);
    await createSchedules(context, members.slice(0, count - made), yearly(at), 'true');
  }
  return now() - startedAt;
};

const run = async (context: Context): Promise<Figure[]> => {
  const count = context.options.agents * PER_AGENT;
  context.say('waiting for the system without schedules to be quiet');
  await untilQuiet(context);
  // The first minute after a start looks at every host, once.
  await sleep(MINUTE_MS - (Date.now() % MINUTE_MS) + MINUTES_WORK_MS);
  const none = await watch(context);
  const madeMs = await make(context, count);
  context.say(`${count} schedules made in ${(madeMs / 1000).toFixed(0)} s`);
  await untilQuiet(context);
  await verifyActive(context, count);
  const all = await watch(context);
  const agents = context.fleet.members().length;
  const addedMb = (totalRssBytes(all.usage) - totalRssBytes(none.usage)) / MEGABYTE;
  return [
    figure(`${count} idle schedules, of one core above none`, all.percent - none.percent, '%', atMost(0.1)),
    figure(`all, with ${agents} agents and none`, none.percent, '%'),
    figure(`all, with ${agents} agents and ${count}`, all.percent, '%'),
    ...PARTS.map((part) => figure(`of it ${part}, above none`, (all.parts[part] ?? 0) - (none.parts[part] ?? 0), '%')),
    figure("processor time around the minute's work, with none", none.minuteMs, 'ms'),
    figure(`processor time around the minute's work, with ${count}`, all.minuteMs, 'ms'),
    figure(`memory above none, ${count}`, addedMb, 'MB'),
    figure(`time to make ${count}`, madeMs / 1000, 's'),
  ];
};

export const schedulesIdle: Benchmark = {
  name: 'schedules-idle',
  agents: ({ agents }) => Math.min(agents, MADE_AT_ONCE),
  fresh: true,
  run,
};
