/** The process that holds all simulated agents of a run, apart from the one that measures. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { EnrollResponse, PublicKey } from '#protocol/agent/connection.ts';
import { assertNever } from '#protocol/assert.ts';
import { type Api, createApi } from '#test-support/whole-system/api.ts';
import { now } from '../measure.ts';
import { Downloaders } from './downloaders.ts';
import { type FromFleet, type JobTimes, type Member, ToFleet } from './fleet-messages.ts';
import { SimulatedAgent, type SimulatedAgentOptions, simulatedInfo } from './simulated-agent.ts';

/** Enrollments at once: enough to keep the server busy, few enough that none waits long. */
const ENROLL_AT_ONCE = 8;

const members: Member[] = [];
const welcomes = new Map<string, number>();
const downloaders = new Downloaders();
let jobs: JobTimes[] = [];
let refusedFrames = 0;

const download: SimulatedAgentOptions['download'] = (job, { hostId, privateKey, server }) =>
  downloaders.order({
    type: 'job',
    job,
    server,
    host_id: hostId,
    private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  });

const enroll = (api: Api, token: string, name: string, publicKey: KeyObject): Promise<EnrollResponse> =>
  api.post(
    '/agent/enroll',
    {
      token,
      machine_id: name,
      public_key: PublicKey.parse(publicKey.export({ format: 'jwk' }).x),
      name,
      info: simulatedInfo(name),
    },
    EnrollResponse,
  );

/** Resolves when the agent has been welcomed for the first time. */
const addAgent = async (api: Api, server: string, token: string, name: string): Promise<void> => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { host_id: hostId, device_id } = await enroll(api, token, name, publicKey);
  await new Promise<void>((resolve, reject) => {
    const agent = new SimulatedAgent({
      server,
      hostId,
      name,
      privateKey,
      download,
      onWelcome: () => {
        welcomes.set(hostId, now());
        resolve();
      },
      onFinished: (times) => jobs.push(times),
      onRefusedFrame: () => {
        refusedFrames += 1;
      },
    });
    agent.run().then((why) => reject(new Error(`an agent ended: ${why}`)), reject);
  });
  members.push({ host_id: hostId, device_id });
};

const grow = async (server: string, token: string, count: number): Promise<number> => {
  const startedAt = now();
  const api = createApi(server, null);
  let next = members.length;
  const enrollNext = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await addAgent(api, server, token, `simulated-${String(next).padStart(5, '0')}`);
    }
  };
  await Promise.all(Array.from({ length: ENROLL_AT_ONCE }, enrollNext));
  return now() - startedAt;
};

const downloadAll = async (url: string, sha256: string, count: number): Promise<number> => {
  const startedAt = now();
  const order = () => downloaders.order({ type: 'url', url, sha256 });
  const errors = await Promise.all(Array.from({ length: count }, order));
  const failed = errors.find((error) => error !== null);
  if (failed != null) throw new Error(failed);
  return now() - startedAt;
};

const takeJobs = (): { jobs: JobTimes[]; refused_frames: number } => {
  const taken = { jobs, refused_frames: refusedFrames };
  jobs = [];
  return taken;
};

const welcomedSince = (since: number): { count: number; last_at: number | null } => {
  const times = [...welcomes.values()].filter((at) => at >= since);
  return { count: times.length, last_at: times.length === 0 ? null : Math.max(...times) };
};

const carryOut = async (message: ToFleet): Promise<unknown> => {
  switch (message.call) {
    case 'grow':
      return { elapsed_ms: await grow(message.server, message.token, message.count), members };
    case 'take_jobs':
      return takeJobs();
    case 'welcomed':
      return welcomedSince(message.since);
    case 'open_downloaders':
      await downloaders.open(message.count);
      return {};
    case 'download':
      return { elapsed_ms: await downloadAll(message.url, message.sha256, message.count) };
    default:
      return assertNever(message);
  }
};

const answer = (message: FromFleet): void => {
  process.send?.(message);
};

process.on('message', async (raw) => {
  const message = ToFleet.parse(raw);
  try {
    answer({ id: message.id, result: await carryOut(message) });
  } catch (error) {
    answer({ id: message.id, error: String(error) });
  }
});
process.on('disconnect', async () => {
  await downloaders.close();
  process.exit(0);
});
