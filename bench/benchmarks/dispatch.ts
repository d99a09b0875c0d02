/** One command to one host, again and again: until its agent has it, and until a person sees the result. */

import { PARTS, type PartUsage, partCpuMs } from '#test-support/whole-system/system.ts';
import { atMost, type Benchmark, type Context, type Figure, figure, spread } from '../benchmark.ts';
import { command, type Deployed, deploy, polledEnd, postDeployment, verifyCompleted } from '../deploy.ts';
import { summarize } from '../measure.ts';

/** By then the code paths are compiled and the tables exist. */
const WARM_UP = 50;
/** Few, so that the figure is that of a quiet system; more than one, so that it is not that of one warm object. */
const AGENTS = 10;
/** Polling costs the server more than listening does, so the series that polls is shorter. */
const POLLED_SHARE = 1 / 3;

const deviceFor = ({ fleet }: Context, index: number) => {
  const members = fleet.members();
  const member = members[index % AGENTS] ?? members[0];
  if (member === undefined) throw new Error('no agent is connected');
  return [member.device_id];
};

const runSeries = async (context: Context, count: number): Promise<Deployed[]> => {
  const series: Deployed[] = [];
  for (let index = 0; index < count; index++)
    series.push(await deploy(context, command('true'), deviceFor(context, index)));
  return series;
};

const runPolled = async (context: Context, count: number): Promise<number[]> => {
  const elapsed: number[] = [];
  for (let index = 0; index < count; index++) {
    const { id, postedAt } = await postDeployment(context, command('true'), deviceFor(context, index));
    elapsed.push((await polledEnd(context, id)) - postedAt);
    await verifyCompleted(context, id, 1);
  }
  return elapsed;
};

const offerTimes = async ({ fleet }: Context, series: readonly Deployed[]): Promise<number[]> => {
  const offered = new Map((await fleet.takeJobs()).map((job) => [job.deployment_id, job.offered_at]));
  return series.map(({ id, postedAt }) => (offered.get(id) ?? Number.NaN) - postedAt);
};

const costs = (before: PartUsage, after: PartUsage, count: number): Figure[] =>
  PARTS.map((part) => figure(`processor time a deployment, ${part}`, partCpuMs(before, after, part) / count, 'ms'));

const run = async (context: Context): Promise<Figure[]> => {
  const { samples } = context.options;
  await runSeries(context, WARM_UP);
  await context.fleet.takeJobs();
  const before = context.system.usage();
  const series = await runSeries(context, samples);
  const after = context.system.usage();
  const offers = await offerTimes(context, series);
  const answers = series.map(({ postedAt, answeredAt }) => answeredAt - postedAt);
  const results = series.map(({ postedAt, endedAt }) => endedAt - postedAt);
  const polled = await runPolled(context, Math.ceil(samples * POLLED_SHARE));
  return [
    ...spread('POST → agent has the offer', summarize(offers), 'ms'),
    ...spread('POST → answered', summarize(answers), 'ms'),
    ...spread('POST → result on a dashboard', summarize(results), 'ms', { p50: atMost(12), p99: atMost(60) }),
    ...spread('POST → result by GET progress', summarize(polled), 'ms', { p50: atMost(12), p99: atMost(60) }),
    ...costs(before, after, samples),
  ];
};

export const dispatch: Benchmark = { name: 'dispatch', agents: () => AGENTS, fresh: false, run };
