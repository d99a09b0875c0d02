/** A command to all hosts in waves of a hundred: until the last result is committed and visible, and what each wave adds. */
import { type Benchmark, type Context, type Figure, figure } from '../benchmark.ts';
import { command, deploy, settle } from '../deploy.ts';
import { median } from '../measure.ts';

const WAVE = 100;
const TIMES = 3;

const runOnce = async (context: Context, strategy: unknown): Promise<number> => {
  await settle();
  const devices = context.fleet.members().map((member) => member.device_id);
  const { postedAt, endedAt } = await deploy(context, command('true'), devices, { strategy });
  return endedAt - postedAt;
};

const run = async (context: Context): Promise<Figure[]> => {
  const agents = context.fleet.members().length;
  const waves = Math.ceil(agents / WAVE);
  const rolling: number[] = [];
  const together: number[] = [];
  // In turns, so that both meet the same machine.
  for (let index = 0; index < TIMES; index++) {
    rolling.push(await runOnce(context, { type: 'rolling', batch_size: WAVE }));
    together.push(await runOnce(context, { type: 'parallel' }));
  }
  context.say(`rolling: ${rolling.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  const name = `${agents} agents in ${waves} waves of ${WAVE}`;
  return [
    { ...figure(`${name}: all results visible, median`, median(rolling), 'ms'), samples: TIMES },
    figure(`${name}: a wave`, median(rolling) / waves, 'ms'),
    figure(`${name}: as long as all at once`, median(rolling) / median(together), '×'),
  ];
};

export const rolling: Benchmark = { name: 'rolling', agents: ({ agents }) => agents, fresh: false, run };
