/** The command line of the benchmarks: what to run and how much of it. */
import { parseArgs } from 'node:util';

export type Options = {
  only: readonly string[] | null;
  /** Agents connected where it is said that there are a thousand. */
  agents: number;
  /** Deployments one after the other, after the warm-up. */
  samples: number;
  /** How long the idle system is watched. */
  idleSeconds: number;
  fileMegabytes: number;
  /** Of the log that is produced, read and searched. */
  lines: number;
  /** Folder for processor profiles of the Node parts of the server, written when it stops; null for none. */
  profile: string | null;
};

export const USAGE = `npm run bench -- [options]

  --only A,B       only these benchmarks
  --agents N       simulated agents where there are 1000
  --samples N      deployments in a series (300)
  --idle N         seconds that the idle system is watched (60)
  --megabytes N    size of the file that is distributed (100)
  --lines N        lines of output in the benchmark of logs (1000000)
  --profile DIR    write processor profiles of the server's Node processes there`;

const count = (text: string, name: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`--${name} must be a whole number above 0`);
  return Number(text);
};

export const parseOptions = (args: readonly string[], known: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      agents: { type: 'string', default: '1000' },
      samples: { type: 'string', default: '300' },
      idle: { type: 'string', default: '60' },
      megabytes: { type: 'string', default: '100' },
      lines: { type: 'string', default: '1000000' },
      profile: { type: 'string' },
    },
  });
  const only = values.only?.split(',') ?? null;
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only: there is no ${unknown}, but ${known.join(', ')}`);
  return {
    only,
    agents: count(values.agents, 'agents'),
    samples: count(values.samples, 'samples'),
    idleSeconds: count(values.idle, 'idle'),
    fileMegabytes: count(values.megabytes, 'megabytes'),
    lines: count(values.lines, 'lines'),
    profile: values.profile ?? null,
  };
};
