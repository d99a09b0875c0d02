/** The simulated agents as the benchmarks see them: how many there are, what they did and when. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { z } from 'zod';
import { CreatedEnrollmentToken } from '#protocol/http/hosts.ts';
import { type ProcessStat, processTree } from '#test-support/whole-system/processes.ts';
import type { System } from '#test-support/whole-system/system.ts';
import { Answers, FromFleet, type JobTimes, type Member, type ToFleet } from './fleet-messages.ts';

/** Names that the benchmarks' long waits are bounded by: enrolling a thousand agents takes well under a minute. */
const CALL_WITHIN_MS = 600_000;

type Call = ToFleet extends infer Message ? (Message extends ToFleet ? Omit<Message, 'id'> : never) : never;

export type Fleet = {
  members: () => readonly Member[];
  /** So many agents at least, all connected; answers with the milliseconds that enrolling and connecting took. */
  grow: (count: number) => Promise<number>;
  takeJobs: () => Promise<JobTimes[]>;
  welcomedSince: (since: number) => Promise<{ count: number; last_at: number | null }>;
  openDownloaders: (count: number) => Promise<void>;
  download: (url: string, sha256: string, count: number) => Promise<number>;
  processes: () => ProcessStat[];
  close: () => Promise<void>;
};

export const startFleet = (system: System): Fleet => {
  const child = fork(join(import.meta.dirname, 'fleet-process.ts'));
  const waiting = new Map<number, (answer: FromFleet) => void>();
  let lastId = 0;
  let members: readonly Member[] = [];
  const gone = (): void => {
    for (const [id, settle] of waiting) settle({ id, error: 'the process of the simulated agents ended' });
  };
  child.on('message', (raw) => {
    const answer = FromFleet.parse(raw);
    waiting.get(answer.id)?.(answer);
  });
  child.once('exit', gone);

  const call = async <Value>(message: Call, schema: z.ZodType<Value>): Promise<Value> => {
    lastId += 1;
    const id = lastId;
    const answer = await new Promise<FromFleet>((resolve) => {
      const timer = setTimeout(() => resolve({ id, error: `no answer in ${CALL_WITHIN_MS} ms` }), CALL_WITHIN_MS);
      waiting.set(id, (settled) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(settled);
      });
      child.send({ id, ...message });
    });
    if (answer.error !== undefined) throw new Error(`${message.call}: ${answer.error}`);
    return schema.parse(answer.result);
  };

  return {
    members: () => members,
    grow: async (count) => {
      if (members.length >= count) return 0;
      const { token } = await system.api.post('/enrollment-tokens', { name: 'bench' }, CreatedEnrollmentToken);
      const grown = await call({ call: 'grow', server: system.url, token, count }, Answers.grow);
      members = grown.members;
      return grown.elapsed_ms;
    },
    takeJobs: async () => {
      const { jobs, refused_frames } = await call({ call: 'take_jobs' }, Answers.take_jobs);
      if (refused_frames > 0) throw new Error(`the agents refused ${refused_frames} frames of the server`);
      return jobs;
    },
    welcomedSince: (since) => call({ call: 'welcomed', since }, Answers.welcomed),
    openDownloaders: async (count) => {
      await call({ call: 'open_downloaders', count }, Answers.open_downloaders);
    },
    download: async (url, sha256, count) =>
      (await call({ call: 'download', url, sha256, count }, Answers.download)).elapsed_ms,
    processes: () => (child.pid === undefined ? [] : processTree(child.pid)),
    close: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.disconnect();
      }),
  };
};
