/** Carries out the plan: one lane after the other's time, each fault healed before the next of its lane. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '#protocol/assert.ts';
import type { System } from '#test-support/whole-system/system.ts';
import type { ChaosAgent } from './chaos-agent.ts';
import { lockDatabase } from './database-lock.ts';
import { describeFault, type Fault, type PlannedFault } from './fault-plan.ts';

export type Surroundings = {
  system: System;
  dataDirectory: string;
  agents: readonly ChaosAgent[];
  note: (line: string) => void;
};

type Heal = () => void | Promise<void>;

const strikeAgent = async (agent: ChaosAgent, fault: Fault): Promise<Heal> => {
  switch (fault.type) {
    case 'cut':
    case 'slow':
    case 'stall':
    case 'half_open':
    case 'forget':
      agent.proxy.strike(fault);
      return () => agent.proxy.heal();
    case 'kill_agent':
      await agent.kill();
      return () => agent.start();
    case 'clock_jump':
      agent.shiftClock(fault.byMs);
      return () => agent.shiftClock(0);
    case 'full_disk':
      agent.disk?.fill();
      return () => agent.disk?.free();
    default:
      throw new Error(`${fault.type} is no fault of an agent`);
  }
};

const strikeServer = async ({ system, dataDirectory }: Surroundings, fault: Fault): Promise<Heal> => {
  switch (fault.type) {
    case 'kill_workerd':
      system.kill('workerd');
      return () => undefined;
    case 'kill_runtime':
      system.kill('runtime');
      return () => undefined;
    case 'kill_all':
      system.killAll();
      return () => system.start();
    case 'd1_down':
      return lockDatabase(dataDirectory);
    default:
      throw new Error(`${fault.type} is no fault of the server`);
  }
};

const strike = (surroundings: Surroundings, { agent, fault }: PlannedFault): Promise<Heal> => {
  if (agent === null) return strikeServer(surroundings, fault);
  const struck = surroundings.agents[agent];
  if (struck === undefined) throw new Error(`there is no agent ${agent}`);
  return strikeAgent(struck, fault);
};

export type Lane = 'server' | `network ${number}` | `process ${number}`;

export const laneOf = ({ agent, fault }: PlannedFault): Lane => {
  if (agent === null) return 'server';
  switch (fault.type) {
    case 'kill_agent':
    case 'clock_jump':
    case 'full_disk':
      return `process ${agent}`;
    case 'cut':
    case 'slow':
    case 'stall':
    case 'half_open':
    case 'forget':
      return `network ${agent}`;
    case 'kill_workerd':
    case 'kill_runtime':
    case 'kill_all':
    case 'd1_down':
      return 'server';
    default:
      return assertNever(fault);
  }
};

/** A lane that is late (the machine is busy) does its faults one right after the other; it leaves none out. */
const carryOutLane = async (
  surroundings: Surroundings,
  startedAt: number,
  faults: readonly PlannedFault[],
): Promise<void> => {
  for (const planned of faults) {
    await sleep(Math.max(0, startedAt + planned.atMs - performance.now()));
    surroundings.note(describeFault(planned));
    const heal = await strike(surroundings, planned);
    await sleep(planned.lastsMs);
    await heal();
  }
};

/** Resolves when every fault has struck and is healed. */
export const carryOut = async (surroundings: Surroundings, plan: readonly PlannedFault[]): Promise<void> => {
  const startedAt = performance.now();
  const lanes = Map.groupBy(plan, laneOf);
  // Each lane comes to its end, with all healed, also when another one fails.
  const ends = await Promise.allSettled(
    [...lanes.values()].map((faults) => carryOutLane(surroundings, startedAt, faults)),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
};
