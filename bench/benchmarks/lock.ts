/** From the change of a lock to the dashboard that shows it: by a job that starts and ends, and by a person. */
import { z } from 'zod';
import type { DeviceId } from '#protocol/ids.ts';
import { atMost, type Benchmark, type Context, type Figure, spread } from '../benchmark.ts';
import { command, postDeployment } from '../deploy.ts';
import { now, summarize } from '../measure.ts';

const AGENTS = 10;
/** Long enough that the lock is worth showing, and that its two changes are apart. */
const HOLD_MS = 150;
const SHARE_OF_SAMPLES = 1 / 3;
const LIMIT = { p99: atMost(100) };

type Delays = { taken: number[]; released: number[] };

const deviceAt = ({ fleet }: Context, index: number): DeviceId => {
  const member = fleet.members()[index % AGENTS];
  if (member === undefined) throw new Error('no agent is connected');
  return member.device_id;
};

const nextLock = ({ dashboard }: Context, device: DeviceId, locked: boolean): Promise<number> =>
  dashboard
    .next(
      ({ event, data }) => event === 'device_updated' && data.device_id === device && (data.lock != null) === locked,
    )
    .then(({ at }) => at);

/** The lock is taken right before the agent gets the job, and released right after it has sent the result. */
const byJob = async (context: Context, count: number): Promise<Delays> => {
  const delays: Delays = { taken: [], released: [] };
  for (let index = 0; index < count; index++) {
    const device = deviceAt(context, index);
    await context.fleet.takeJobs();
    const taken = nextLock(context, device, true);
    const released = nextLock(context, device, false);
    const { id } = await postDeployment(context, command(`hold ${HOLD_MS}`), [device]);
    const [takenAt, releasedAt] = await Promise.all([taken, released]);
    await context.dashboard.ended(id);
    const [job] = await context.fleet.takeJobs();
    if (job === undefined) throw new Error(`${id} reached no agent`);
    delays.taken.push(takenAt - job.offered_at);
    delays.released.push(releasedAt - job.result_sent_at);
  }
  return delays;
};

const byPerson = async (context: Context, count: number): Promise<Delays> => {
  const delays: Delays = { taken: [], released: [] };
  const { api } = context.system;
  for (let index = 0; index < count; index++) {
    const path = `/devices/${deviceAt(context, index)}/lock`;
    const taken = nextLock(context, deviceAt(context, index), true);
    const lockedAt = now();
    await api.post(path, { reason: 'measured' }, z.unknown());
    delays.taken.push((await taken) - lockedAt);
    const released = nextLock(context, deviceAt(context, index), false);
    const unlockedAt = now();
    await api.delete(path);
    delays.released.push((await released) - unlockedAt);
  }
  return delays;
};

const run = async (context: Context): Promise<Figure[]> => {
  const count = Math.ceil(context.options.samples * SHARE_OF_SAMPLES);
  await byJob(context, AGENTS);
  await byPerson(context, AGENTS);
  const job = await byJob(context, count);
  const person = await byPerson(context, count);
  return [
    ...spread('job starts → lock on a dashboard', summarize(job.taken), 'ms', LIMIT),
    ...spread('job ends → lock gone from a dashboard', summarize(job.released), 'ms', LIMIT),
    ...spread('POST lock → lock on a dashboard', summarize(person.taken), 'ms', LIMIT),
    ...spread('DELETE lock → lock gone from a dashboard', summarize(person.released), 'ms', LIMIT),
  ];
};

export const lock: Benchmark = { name: 'lock', agents: () => AGENTS, fresh: false, run };
