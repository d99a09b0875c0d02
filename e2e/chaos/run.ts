/** `npm run chaos -- [--minutes N] [--seed S] [--agents N] [--keep]`: a long chaos run, with a seed of its own unless one is given. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { reportText, runChaos } from './chaos.ts';

const Options = z.object({
  minutes: z.coerce
    .number()
    .positive()
    .max(24 * 60)
    .default(5),
  seed: z.string().min(1).optional(),
  agents: z.coerce.number().int().min(2).max(20).default(6),
  keep: z.boolean().default(false),
});

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    agents: { type: 'string' },
    keep: { type: 'boolean' },
  },
});
const { minutes, seed = randomBytes(4).toString('hex'), agents, keep } = Options.parse(values);
// An exit in order, so that small file systems are unmounted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
const started = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(7)} ${line}`);

console.log(
  `chaos for ${minutes} minutes; the same again: npm run chaos -- --minutes ${minutes} --seed ${seed} --agents ${agents}`,
);
const report = await runChaos({ seed, forMs: minutes * 60_000, agents, everyMs: 400, keep, say });
console.log(`\n${reportText(report)}`);
process.exit(report.violations.length === 0 ? 0 : 1);
