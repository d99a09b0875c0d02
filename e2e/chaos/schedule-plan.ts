/**
 * The schedules of a run, decided by the seed: each fires every minute, and whenever a person says so. Their jobs note their beginning and
 * their end like those of deployments.
 */
import { type CommandWork, commandOf } from './load-plan.ts';
import { createRandom, type Random } from './random.ts';

/** What a person tells a schedule while faults strike. */
export type Word = { atMs: number; type: 'execute' | 'pause' | 'resume' | 'edit' };

export type PlannedSchedule = {
  name: string;
  devices: readonly number[];
  overlap: 'queue_one' | 'skip';
  command: string;
  /** One of them fires on no day of the run: what it keeps is compared with what those keep that have ended. */
  cron: string;
  words: readonly Word[];
};

/** `boxes` are the first devices, which deployments leave alone: on the others a run mostly waits for its turn. */
export type ScheduleOptions = { seed: string; forMs: number; boxes: number; devices: number };

const MINUTELY = '* * * * *';
/** Where seeds and real dates can hardly meet: once in four years. */
const NEVER_IN_A_RUN = '0 0 29 2 *';

const BUSY = 4;
/** Between two words. */
const GAP_MS = [1500, 5000] as const;
const PAUSE_MS = [500, 4000] as const;
const PAUSE_CHANCE = 0.15;
const EDIT_CHANCE = 0.15;

const wordsOf = (random: Random, forMs: number): Word[] => {
  const words: Word[] = [];
  for (let atMs = random.between(...GAP_MS); atMs < forMs; atMs += random.between(...GAP_MS)) {
    const dice = random.next();
    if (dice < PAUSE_CHANCE) {
      words.push({ atMs: Math.round(atMs), type: 'pause' });
      atMs += random.between(...PAUSE_MS);
      words.push({ atMs: Math.round(atMs), type: 'resume' });
    } else words.push({ atMs: Math.round(atMs), type: dice < PAUSE_CHANCE + EDIT_CHANCE ? 'edit' : 'execute' });
  }
  return words;
};

const workOf = (random: Random): CommandWork => ({
  type: 'print',
  lines: random.whole(2, 8),
  seconds: random.pick([0, 1, 2, 3]),
});

export const planSchedules = ({ seed, forMs, boxes, devices }: ScheduleOptions): PlannedSchedule[] => {
  const random = createRandom(`${seed} schedules`);
  const upTo = (length: number): number[] => Array.from({ length }, (_, device) => device);
  const busy = Array.from(
    { length: BUSY },
    (_, index): PlannedSchedule => ({
      name: `chaos schedule ${seed} ${index}`,
      devices: random.some(upTo(index === 0 ? devices : boxes), random.pick([1, 2, 3])),
      overlap: random.pick(['queue_one', 'queue_one', 'skip'] as const),
      command: commandOf(workOf(random)),
      cron: MINUTELY,
      words: wordsOf(random, forMs),
    }),
  );
  const idle = { devices: [0], overlap: 'queue_one' as const, command: 'true', cron: NEVER_IN_A_RUN, words: [] };
  return [...busy, { name: `chaos schedule ${seed} idle`, ...idle }];
};
