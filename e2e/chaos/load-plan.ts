/**
 * The deployments of a run, decided by the seed: what each asks for, of which devices, and what may come of it. Every job
 * notes its beginning and its end in its agent's file, and prints numbered lines, so that the end can be judged.
 */
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
  /** A file of so many bytes. */
  | { type: 'file' };

export type PlannedDeployment = {
  atMs: number;
  /** Of its own in the run: a deployment is found by it when the answer to its request was lost. */
  name: string;
  work: Work;
  devices: readonly number[];
  retries: number;
  idempotent: boolean;
  offline: 'fail' | 'wait';
  maxConcurrency: number | null;
  maxFailures: number | null;
  cancelAfterMs: number | null;
};

export type LoadOptions = { seed: string; forMs: number; devices: number; everyMs: number };

const workOf = (random: Random): Work => {
  const dice = random.next();
  if (dice < 0.32) return { type: 'print', lines: random.whole(1, 50), seconds: 0 };
  if (dice < 0.5) return { type: 'print', lines: random.whole(2, 8), seconds: random.whole(1, 3) };
  if (dice < 0.63) return { type: 'print', lines: random.whole(5000, 40_000), seconds: 0 };
  if (dice < 0.75) return { type: 'fail', lines: random.whole(1, 20), attempts: random.whole(1, 3) };
  if (dice < 0.78) return { type: 'overrun' };
  if (dice < 0.9) return { type: 'install', lines: random.whole(1, 200) };
  return { type: 'file' };
};

const idempotentChance = 0.15;
const cancelChance = 0.15;
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
    maxConcurrency: random.pick([null, null, 1, 2, 3]),
    maxFailures: random.pick([null, null, null, 0, 1]),
    cancelAfterMs: random.chance(cancelChance) ? random.whole(0, 2500) : null,
  };
};

export const planLoad = (options: LoadOptions): PlannedDeployment[] => {
  const random = createRandom(`${options.seed} load`);
  const planned: PlannedDeployment[] = [];
  for (let atMs = 0; atMs < options.forMs; atMs += random.between(0.5, 1.5) * options.everyMs)
    planned.push(deploymentAt(random, options, atMs, planned.length));
  return planned;
};

/** The text that the job of such a work prints when it runs to its end. */
export const printed = (work: Work): string => {
  if (work.type === 'overrun') return 'line 1\n';
  if (work.type === 'file') return '';
  return Array.from({ length: work.lines }, (_, index) => `line ${index + 1}\n`).join('');
};

const note = (what: string): string => `echo "${what} $DEPLOYX_TARGET_ID $DEPLOYX_ATTEMPT" >> "$EFFECTS"`;
const print = (from: string, to: string): string => `seq -f 'line %.0f' ${from} ${to}`;

const slowly = (lines: number, seconds: number): string =>
  `i=1; while [ $i -le ${lines} ]; do echo "line $i"; sleep ${(seconds / lines).toFixed(3)}; i=$((i+1)); done`;

/** The body of a command; null for work that is no command. */
export const commandOf = (work: Work): string | null => {
  switch (work.type) {
    case 'print': {
      const body = work.seconds === 0 ? print('1', `${work.lines}`) : slowly(work.lines, work.seconds);
      return [note('begin'), body, note('end')].join('; ');
    }
    case 'fail':
      return [
        note('begin'),
        print('1', `${work.lines}`),
        note('end'),
        `test "$DEPLOYX_ATTEMPT" -gt ${work.attempts} || exit 7`,
      ].join('; ');
    case 'overrun':
      return [note('begin'), 'echo "line 1"', 'sleep 60', note('end')].join('; ');
    case 'install':
    case 'file':
      return null;
  }
};

/** What the `install` work downloads; the number of lines is its argument. */
export const INSTALLER = [note('begin'), print('1', '"$1"'), note('end')].join('\n').concat('\n');
