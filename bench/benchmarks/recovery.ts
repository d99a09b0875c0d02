/** The server is killed with all agents connected: until all are back, and a command reaches every one of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { atMost, type Benchmark, type Context, type Figure, figure } from '../benchmark.ts';
import { openDashboard } from '../dashboard.ts';
import { command, deploy } from '../deploy.ts';
import { now } from '../measure.ts';

/** Agents wait up to 30 s between tries when the server stays away; much more means that some never come back. */
const BACK_WITHIN_MS = 120_000;
const POLL_MS = 50;
/** A connection that held for ten seconds starts its back-off anew: the state that agents are in on an ordinary day. */
const STABLE_MS = 12_000;

const Online = z.object({ hosts: z.object({ online: z.int() }) });

const onlineCount = async ({ system }: Context): Promise<number> => {
  try {
    return (await system.api.get('/stats', Online)).hosts.online;
  } catch {
    return 0;
  }
};

/** All welcomed anew, and the server says so too: what it counted before the kill alone proves nothing. */
const untilAllBack = async (context: Context, since: number): Promise<{ welcomedAt: number; countedAt: number }> => {
  const wanted = context.fleet.members().length;
  while (now() - since < BACK_WITHIN_MS) {
    const { count, last_at } = await context.fleet.welcomedSince(since);
    if (count === wanted && last_at !== null && (await onlineCount(context)) === wanted)
      return { welcomedAt: last_at, countedAt: now() };
    await sleep(POLL_MS);
  }
  const { count } = await context.fleet.welcomedSince(since);
  throw new Error(`${count} of ${wanted} agents came back within ${BACK_WITHIN_MS / 1000} s`);
};

/** A new dashboard, because the kill closed the other one. */
const verifyReachable = async (context: Context): Promise<void> => {
  const dashboard = await openDashboard(context.system.url, context.system.token);
  const devices = context.fleet.members().map((member) => member.device_id);
  await deploy({ ...context, dashboard }, command('true'), devices);
  dashboard.close();
};

const measure = async (context: Context, name: string, kill: () => Promise<void>): Promise<Figure[]> => {
  await sleep(STABLE_MS);
  context.say(name);
  const killedAt = now();
  await kill();
  const { welcomedAt, countedAt } = await untilAllBack(context, killedAt);
  await verifyReachable(context);
  const wanted = context.fleet.members().length;
  return [
    figure(`${name}: all ${wanted} online again`, (countedAt - killedAt) / 1000, 's', atMost(15)),
    figure(`${name}: the last agent's welcome`, (welcomedAt - killedAt) / 1000, 's'),
  ];
};

const run = async (context: Context): Promise<Figure[]> => {
  const { system } = context;
  const runtime = await measure(context, 'workerd killed', async () => system.kill('workerd'));
  let healthyAfterMs = 0;
  const whole = await measure(context, 'whole system killed and started', async () => {
    system.killAll();
    const startedAt = now();
    await system.start();
    healthyAfterMs = now() - startedAt;
  });
  return [...runtime, ...whole, figure('start after the kill → healthy', healthyAfterMs / 1000, 's')];
};

export const recovery: Benchmark = { name: 'recovery', agents: ({ agents }) => agents, fresh: false, run };
