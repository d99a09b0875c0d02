/**
 * Output from the agent that is shipped to a viewer: lines a second end to end, what it costs to open, page through and search a
 * log of a million lines, and how soon output goes on after the agent's network was cut in the middle of it.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LogLines, LogSearch } from '#protocol/http/logs.ts';
import { type DeploymentId, TargetId } from '#protocol/ids.ts';
import { totalRssBytes } from '#test-support/whole-system/system.ts';
import { atLeast, atMost, type Benchmark, type Context, type Figure, figure, spread } from '../benchmark.ts';
import { command, postDeployment } from '../deploy.ts';
import { watchLog } from '../log-viewer.ts';
import { now, summarize } from '../measure.ts';
import { type RealAgent, startRealAgent } from '../real-agent.ts';
import { openWay, type SeverableWay } from '../severable-way.ts';

const TEXT = 'compiled one more of the many parts of it, all is well';
const PAGE_LINES = 500;
const PAGES = 40;
const POLL_MS = 20;
const CUT_MS = 5000;
const RSS_INTERVAL_MS = 250;
/** Longer than the slowest machine takes for a million lines. */
const OUTPUT_WITHIN_MS = 300_000;
const MEGABYTE = 1024 * 1024;

const Targets = z.object({ items: z.array(z.object({ id: TargetId })) });

const produce = (lines: number): string =>
  `awk 'BEGIN { for (i = 1; i <= ${lines}; i++) printf "%07d ${TEXT}\\n", i }'`;

const sha256Of = (lines: number): string => {
  const hash = createHash('sha256');
  for (let line = 1; line <= lines; line++) hash.update(`${String(line).padStart(7, '0')} ${TEXT}\n`);
  return hash.digest('hex');
};

type Log = { deploymentId: DeploymentId; targetId: TargetId; postedAt: number };

const startOutput = async (context: Context, agent: RealAgent, lines: number): Promise<Log> => {
  const { id, postedAt } = await postDeployment(context, command(produce(lines)), [agent.deviceId]);
  const { items } = await context.system.api.get(`/deployments/${id}/targets`, Targets);
  const [target] = items;
  if (target === undefined) throw new Error('the deployment has no target');
  return { deploymentId: id, targetId: target.id, postedAt };
};

const pathOf = ({ deploymentId, targetId }: Log): string => `/deployments/${deploymentId}/targets/${targetId}/log`;

/** The greatest memory of the server while something goes on. */
const peakRss = (context: Context): (() => number) => {
  let peak = totalRssBytes(context.system.usage());
  const timer = setInterval(() => {
    peak = Math.max(peak, totalRssBytes(context.system.usage()));
  }, RSS_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    return peak;
  };
};

const within = <Value>(promise: Promise<Value>, ms: number): Promise<Value> =>
  Promise.race([
    promise,
    sleep(ms, null, { ref: false }).then(() => {
      throw new Error(`the output did not end within ${ms / 1000} s`);
    }),
  ]);

const wholeOutput = async (context: Context, agent: RealAgent, lines: number): Promise<[Log, Figure[]]> => {
  const idle = totalRssBytes(context.system.usage());
  const peak = peakRss(context);
  const log = await startOutput(context, agent, lines);
  const { endedAt, sha256 } = await within(watchLog(context, log.deploymentId, log.targetId).ended, OUTPUT_WITHIN_MS);
  if (sha256 !== sha256Of(lines)) throw new Error('the viewer did not see the output that was written');
  const seconds = (endedAt - log.postedAt) / 1000;
  return [
    log,
    [
      figure('end to end, command posted → last line seen', lines / seconds, 'lines/s', atLeast(50_000)),
      figure(`${lines} lines, posted → all seen`, seconds, 's'),
      figure('server memory above idle, at most', (peak() - idle) / MEGABYTE, 'MB'),
    ],
  ];
};

const timed = async <Value>(work: () => Promise<Value>): Promise<[Value, number]> => {
  const begunAt = now();
  const value = await work();
  return [value, now() - begunAt];
};

const pages = async (
  context: Context,
  log: Log,
  lines: number,
  query: (round: number) => string,
): Promise<number[]> => {
  const times: number[] = [];
  for (let round = 0; round < PAGES; round++) {
    const path = `${pathOf(log)}/lines?limit=${PAGE_LINES}&${query(round)}`;
    const [page, ms] = await timed(() => context.system.api.get(path, LogLines));
    const last = page.first_line + page.lines.length;
    if (page.total_lines !== lines || page.lines.at(-1)?.text.startsWith(String(last).padStart(7, '0')) !== true)
      throw new Error(`lines ${page.first_line} to ${last} are not the ones that were asked for`);
    times.push(ms);
  }
  return times;
};

const searchThrough = async (context: Context, log: Log, lines: number): Promise<number> => {
  const wanted = String(lines).padStart(7, '0');
  const [found, ms] = await timed(async () => {
    let count = 0;
    for (let next: number | null = 0; next !== null; ) {
      const path = `${pathOf(log)}/search?q=${wanted}&from_line=${next}`;
      const answer: LogSearch = await context.system.api.get(path, LogSearch);
      count += answer.matches.length;
      next = answer.next_line;
    }
    return count;
  });
  if (found !== 1) throw new Error(`${found} lines were found instead of 1`);
  return ms;
};

const reading = async (context: Context, log: Log, lines: number): Promise<Figure[]> => {
  const last = summarize(await pages(context, log, lines, () => 'tail=true'));
  const step = Math.floor(lines / PAGES);
  const middle = summarize(await pages(context, log, lines, (round) => `from=${round * step}`));
  const searched = await searchThrough(context, log, lines);
  return [
    ...spread(`the last ${PAGE_LINES} lines`, last, 'ms', { p99: atMost(300) }),
    ...spread(`${PAGE_LINES} lines from anywhere`, middle, 'ms', { p99: atMost(300) }),
    figure('search through all of it', searched / 1000, 's'),
  ];
};

const until = async (condition: () => boolean, what: string): Promise<number> => {
  const deadline = now() + OUTPUT_WITHIN_MS;
  while (!condition()) {
    if (now() > deadline) throw new Error(`${what} did not happen within ${OUTPUT_WITHIN_MS / 1000} s`);
    await sleep(POLL_MS);
  }
  return now();
};

const resume = async (context: Context, lines: number): Promise<Figure[]> => {
  const way = await openWay(context.system.url);
  let agent: RealAgent | null = null;
  try {
    agent = await startRealAgent(context, 'behind-a-cut', way.url);
    return await resumeThrough(context, agent, way, lines);
  } finally {
    await agent?.stop();
    way.close();
  }
};

const resumeThrough = async (
  context: Context,
  agent: RealAgent,
  way: SeverableWay,
  lines: number,
): Promise<Figure[]> => {
  const log = await startOutput(context, agent, lines);
  const viewer = watchLog(context, log.deploymentId, log.targetId);
  await until(() => viewer.bytes() > (lines * TEXT.length) / 4, 'a quarter of the output');
  way.cut();
  await sleep(CUT_MS);
  const before = viewer.bytes();
  const mendedAt = now();
  way.mend();
  await until(() => viewer.bytes() > before, 'more output');
  const resumedAt = viewer.lastAt();
  const { sha256 } = await within(viewer.ended, OUTPUT_WITHIN_MS);
  if (sha256 !== sha256Of(lines)) throw new Error('bytes were lost or doubled where the network was cut');
  return [
    figure(`network cut for ${CUT_MS / 1000} s, back → output goes on`, (resumedAt - mendedAt) / 1000, 's', atMost(10)),
  ];
};

const run = async (context: Context): Promise<Figure[]> => {
  const { lines } = context.options;
  const agent = await startRealAgent(context, 'writer', context.system.url);
  const figures: Figure[] = [];
  try {
    context.say(`${lines} lines from an agent to a viewer`);
    const [log, whole] = await wholeOutput(context, agent, lines);
    context.say('pages and search');
    figures.push(...whole, ...(await reading(context, log, lines)));
  } finally {
    await agent.stop();
  }
  context.say('the network of an agent is cut while it sends');
  return [...figures, ...(await resume(context, lines))];
};

export const logs: Benchmark = { name: 'logs', agents: () => 0, fresh: false, run };
