/**
 * The deployments of a run, decided by the seed: what each asks for, of which devices, and what may come of it. Every job
 * notes its beginning and its end in its agent's file, and prints numbered lines, so that the end can be judged.
 */
import { assertNever } from '#protocol/assert.ts';
import { createRandom, type Random } from './random.ts';

export type Work =
  /** Prints its lines, over so many seconds. */
  | { type: 'print'; lines: number; seconds: number }
  /** Prints its lines and ends with a code other than 0, in the attempts up to this one. */
  | { type: 'fail'; lines: number; attempts: number }
  /** Sleeps beyond its time limit. */
  | { type: 'overrun' }
  /** The same as `print`, as an installer that is downloaded from the server. */
  | { type: 'install'; lines: number }
  /** The same, as a script of the library. */
  | { type: 'script'; lines: number }
  /** A file of so many bytes. */
  | { type: 'file' };

export type PlannedStrategy =
  | { type: 'parallel'; maxConcurrency: number | null }
  | { type: 'rolling'; batchSize: number; pauseSeconds: number }
  | { type: 'canary'; size: number; bakeSeconds: number };

/** What a person does with it after it was taken. */
export type Intervention = { type: 'cancel'; afterMs: number } | { type: 'pause'; afterMs: number; forMs: number };

export type PlannedDeployment = {
  atMs: number;
  /** Of its own in the run: a deployment is found by it when the answer to its request was lost. */
  name: string;
  work: Work;
  devices: readonly number[];
  retries: number;
  idempotent: boolean;
  offline: 'fail' | 'wait';
  strategy: PlannedStrategy;
  maxFailures: number | null;
  intervention: Intervention | null;
};

export type LoadOptions = { seed: string; forMs: number; devices: number; everyMs: number };

const workOf = (random: Random): Work => {
  const dice = random.next();
  if (dice < 0.32) return { type: 'print', lines: random.whole(1, 50), seconds: 0 };
  if (dice < 0.5) return { type: 'print', lines: random.whole(2, 8), seconds: random.whole(1, 3) };
  if (dice < 0.63) return { type: 'print', lines: random.whole(5000, 40_000), seconds: 0 };
  if (dice < 0.75) return { type: 'fail', lines: random.whole(1, 20), attempts: random.whole(1, 3) };
  if (dice < 0.78) return { type: 'overrun' };
  if (dice < 0.85) return { type: 'install', lines: random.whole(1, 200) };
  if (dice < 0.91) return { type: 'script', lines: random.whole(1, 200) };
  return { type: 'file' };
};

const strategyOf = (random: Random): PlannedStrategy => {
  const type = random.pick(['parallel', 'parallel', 'parallel', 'rolling', 'canary'] as const);
  if (type === 'parallel') return { type, maxConcurrency: random.pick([null, null, 1, 2, 3]) };
  if (type === 'rolling') return { type, batchSize: random.whole(1, 4), pauseSeconds: random.pick([0, 0, 1]) };
  return { type, size: random.whole(1, 2), bakeSeconds: random.pick([0, 1]) };
};

const interventionOf = (random: Random): Intervention | null => {
  const dice = random.next();
  if (dice < 0.15) return { type: 'cancel', afterMs: random.whole(0, 2500) };
  if (dice < 0.25) return { type: 'pause', afterMs: random.whole(0, 1000), forMs: random.whole(100, 3000) };
  return null;
};

const idempotentChance = 0.15;
const waitChance = 0.7;

const deploymentAt = (
  random: Random,
  { seed, devices }: LoadOptions,
  atMs: number,
  index: number,
): PlannedDeployment => {
  const work = workOf(random);
  // A file goes to a folder of its own, which the spec names: agents of one machine would write over each other.
  const count = work.type === 'file' ? 1 : random.pick([1, 1, 2, 3, 4, devices]);
  const indices = Array.from({ length: devices }, (_, device) => device);
  return {
    atMs: Math.round(atMs),
    name: `chaos ${seed} ${index}`,
    work,
    devices: random.some(indices, count),
    retries: work.type === 'overrun' ? 0 : random.pick([0, 0, 1, 2]),
    idempotent: work.type !== 'overrun' && random.chance(idempotentChance),
    offline: random.chance(waitChance) ? 'wait' : 'fail',
    strategy: strategyOf(random),
    maxFailures: random.pick([null, null, null, 0, 1]),
    intervention: interventionOf(random),
  };
};

export const planLoad = (options: LoadOptions): PlannedDeployment[] => {
  const random = createRandom(`${options.seed} load`);
  const planned: PlannedDeployment[] = [];
  for (let atMs = 0; atMs < options.forMs; atMs += random.between(0.5, 1.5) * options.everyMs)
    planned.push(deploymentAt(random, options, atMs, planned.length));
  return planned;
};

/** The text that the job of such a work prints when it runs to its end: lines that begin as no note of the agent does. */
export const printed = (work: Work): string => {
  if (work.type === 'overrun') return '#1\n';
  if (work.type === 'file') return '';
  return Array.from({ length: work.lines }, (_, index) => `#${index + 1}\n`).join('');
};

const note = (what: string): string => `echo "${what} $DEPLOYX_TARGET_ID $DEPLOYX_ATTEMPT" >> "$EFFECTS"`;
const print = (from: string, to: string): string => `seq -f '#%.0f' ${from} ${to}`;

const slowly = (lines: number, seconds: number): string =>
  `i=1; while [ $i -le ${lines} ]; do echo "#$i"; sleep ${(seconds / lines).toFixed(3)}; i=$((i+1)); done`;

export type CommandWork = Extract<Work, { type: 'print' | 'fail' | 'overrun' }>;

export const commandOf = (work: CommandWork): string => {
  switch (work.type) {
    case 'print': {
      const body = work.seconds === 0 ? print('1', `${work.lines}`) : slowly(work.lines, work.seconds);
      return [note('begin'), body, note('end')].join('; ');
    }
    case 'fail': {
      const exit = `test "$DEPLOYX_ATTEMPT" -gt ${work.attempts} || exit 7`;
      return [note('begin'), print('1', `${work.lines}`), note('end'), exit].join('; ');
    }
    case 'overrun':
      return [note('begin'), 'echo "#1"', 'sleep 60', note('end')].join('; ');
    default:
      return assertNever(work);
  }
};

/** What the works `install` and `script` run; the number of lines is its argument. */
export const PRINTER = [note('begin'), print('1', '"$1"'), note('end')].join('\n').concat('\n');
