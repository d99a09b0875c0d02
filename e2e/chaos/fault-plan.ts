/**
 * Which fault strikes when, decided before the run by the seed alone. Faults of one lane follow each other, those of different
 * lanes overlap as they come: each agent has a lane for its network and one for its process, and the server has one.
 */
import { assertNever } from '#protocol/assert.ts';
import { createRandom, type Random } from './random.ts';

export type NetworkFault =
  /** Nothing gets through and nobody can connect. */
  | { type: 'cut' }
  /** Bytes come late and few at a time. */
  | { type: 'slow'; delayMs: number; bytesPerSecond: number }
  /** Everything stands still, and goes on afterwards. */
  | { type: 'stall' }
  /** Accepted and swallowed: the sender learns nothing until the connection is reset at the end. */
  | { type: 'half_open'; direction: 'to_server' | 'to_agent' | 'both' }
  /** The agent loses its connection while the server still believes in it. */
  | { type: 'forget' };

export type ProcessFault =
  | { type: 'kill_agent' }
  /** The agent's clock is wrong by that much. */
  | { type: 'clock_jump'; byMs: number }
  | { type: 'full_disk' };

export type ServerFault =
  | { type: 'kill_workerd' }
  | { type: 'kill_runtime' }
  | { type: 'kill_all' }
  | { type: 'd1_down' };

export type Fault = NetworkFault | ProcessFault | ServerFault;

/** `agent` is null for the server. `lastsMs` is how long until it is healed. */
export type PlannedFault = { atMs: number; lastsMs: number; agent: number | null; fault: Fault };

export type PlanOptions = {
  seed: string;
  forMs: number;
  agents: number;
  /** Which agents have a disk small enough to be filled. */
  smallDisks: readonly number[];
};

/** From then on a run has time for faults that last until both sides have noticed a silence (HB2, HB3). */
export const LONG_RUN_MS = 4 * 60_000;
const LONG_SILENCE_CHANCE = 0.04;
const HOUR_MS = 3_600_000;

type Draw = { fault: Fault; lastsMs: number };

const networkFault = (random: Random, long: boolean): Draw => {
  const type = random.pick(['cut', 'cut', 'slow', 'stall', 'half_open', 'half_open', 'forget'] as const);
  const silent = long && random.chance(LONG_SILENCE_CHANCE);
  const lastsMs = Math.round(silent ? random.between(50_000, 70_000) : random.between(150, 3000));
  switch (type) {
    case 'cut':
    case 'stall':
    case 'forget':
      return { fault: { type }, lastsMs };
    case 'slow':
      return { fault: { type, delayMs: random.whole(20, 400), bytesPerSecond: random.whole(2000, 60_000) }, lastsMs };
    case 'half_open':
      return { fault: { type, direction: random.pick(['to_server', 'to_agent', 'both'] as const) }, lastsMs };
    default:
      return assertNever(type);
  }
};

const processFault = (random: Random, smallDisk: boolean): Draw => {
  const type = random.pick([
    'kill_agent',
    'kill_agent',
    'clock_jump',
    ...(smallDisk ? (['full_disk', 'full_disk'] as const) : []),
  ] as const);
  const lastsMs = Math.round(random.between(100, 2500));
  if (type !== 'clock_jump') return { fault: { type }, lastsMs };
  const sign = random.chance(0.5) ? 1 : -1;
  return { fault: { type, byMs: sign * Math.round(random.between(HOUR_MS / 60, 9 * HOUR_MS)) }, lastsMs: lastsMs * 3 };
};

const serverFault = (random: Random): Draw => {
  const type = random.pick(['kill_workerd', 'kill_workerd', 'kill_runtime', 'kill_all', 'd1_down', 'd1_down'] as const);
  return { fault: { type }, lastsMs: Math.round(random.between(100, type === 'd1_down' ? 1500 : 600)) };
};

type Lane = { agent: number | null; gapMs: readonly [number, number]; draw: (random: Random) => Draw; name: string };

const layOut = ({ seed, forMs }: PlanOptions, { agent, gapMs, draw, name }: Lane): PlannedFault[] => {
  const random = createRandom(`${seed} ${name}`);
  const planned: PlannedFault[] = [];
  for (let atMs = random.between(0, gapMs[1]); atMs < forMs; ) {
    const { fault, lastsMs } = draw(random);
    planned.push({ atMs: Math.round(atMs), lastsMs, agent, fault });
    atMs += lastsMs + random.between(...gapMs);
  }
  return planned;
};

/** By the time at which they strike. */
export const planFaults = (options: PlanOptions): PlannedFault[] => {
  const long = options.forMs >= LONG_RUN_MS;
  const lanes = Array.from({ length: options.agents }, (_, agent): Lane[] => [
    { agent, name: `network ${agent}`, gapMs: [300, 3200], draw: (random) => networkFault(random, long) },
    {
      agent,
      name: `process ${agent}`,
      gapMs: [500, 5000],
      draw: (random) => processFault(random, options.smallDisks.includes(agent)),
    },
  ]).flat();
  // The server gets some seconds to come back: a system that never serves would prove nothing.
  lanes.push({ agent: null, name: 'server', gapMs: [2500, 5500], draw: serverFault });
  return lanes.flatMap((lane) => layOut(options, lane)).sort((one, other) => one.atMs - other.atMs);
};

export const describeFault = ({ fault, agent, lastsMs }: PlannedFault): string => {
  const { type, ...details } = fault;
  const how = Object.entries(details).map(([name, value]) => ` ${name}=${value}`);
  return `${agent === null ? 'server' : `agent ${agent}`}: ${type}${how.join('')} for ${lastsMs} ms`;
};
