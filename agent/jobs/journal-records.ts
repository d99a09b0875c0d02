/**
 * What the journal says, folded: the jobs of which the server has not acknowledged a result, and a bounded memory of those
 * it has, so that a job offered again long after is not started again (JOB3). Pure; the file is `journal.ts`'s affair.
 */
import { z } from 'zod';
import { Job } from '#protocol/agent/job.ts';
import { JobResult, type JournaledJob } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import { TargetId } from '#protocol/ids.ts';
import { MAX_TIMEOUT_SECONDS } from '#protocol/limits.ts';

const at = z.int();
const attempt = z.int().min(1);

export const JournalRecord = z.discriminatedUnion('type', [
  z.object({ type: z.literal('accepted'), at, job: Job }),
  z.object({ type: z.literal('started'), at, target_id: TargetId, attempt }),
  z.object({ type: z.literal('finished'), at, result: JobResult }),
  /** The result stays, without its details, for a server that offers the job again. */
  z.object({ type: z.literal('acknowledged'), at, target_id: TargetId, attempt, result: JobResult }),
]);
export type JournalRecord = z.infer<typeof JournalRecord>;

export type JobKey = `${TargetId}.${number}`;
export const jobKey = (targetId: TargetId, attemptNumber: number): JobKey => `${targetId}.${attemptNumber}`;
export const keyOf = (job: { target_id: TargetId; attempt: number }): JobKey => jobKey(job.target_id, job.attempt);

type Accepted = { job: Job; acceptedAt: number };
export type LiveJob =
  | (Accepted & { state: 'accepted' })
  | (Accepted & { state: 'started'; firstStartedAt: number; starts: number })
  | (Accepted & { state: 'finished'; result: JobResult });

export const hasSecrets = ({ action }: Job): boolean =>
  (action.kind === 'command' || action.kind === 'script') && action.secret_env.length > 0;

export type DoneJob = { targetId: TargetId; attempt: number; at: number; result: JobResult };

export type JournalState = { live: Map<JobKey, LiveJob>; done: Map<JobKey, DoneJob> };

/** A server offers a job again only as long as it waits for it, which is no longer than a job may run; and a day for repairs. */
const REMEMBER_MS = (MAX_TIMEOUT_SECONDS + 86_400) * 1000;
/** About a megabyte of memory at most. */
const REMEMBER_JOBS = 1000;

export const emptyJournal = (): JournalState => ({ live: new Map(), done: new Map() });

const forgetOld = ({ done }: JournalState, now: number): void => {
  for (const [key, job] of done) {
    if (done.size <= REMEMBER_JOBS && now - job.at < REMEMBER_MS) return;
    done.delete(key);
  }
};

const start = (job: LiveJob, now: number): LiveJob => {
  if (job.state === 'finished') return job;
  const former = job.state === 'started' ? job : { firstStartedAt: now, starts: 0 };
  return {
    job: job.job,
    acceptedAt: job.acceptedAt,
    state: 'started',
    firstStartedAt: former.firstStartedAt,
    starts: former.starts + 1,
  };
};

/** A record that does not fit, such as a second result, changes nothing: the first final state wins (JOB7). */
export const applyRecord = (state: JournalState, record: JournalRecord): void => {
  switch (record.type) {
    case 'accepted': {
      const key = keyOf(record.job);
      if (state.live.has(key) || state.done.has(key)) return;
      state.live.set(key, { state: 'accepted', job: record.job, acceptedAt: record.at });
      return;
    }
    case 'started': {
      const key = keyOf(record);
      const job = state.live.get(key);
      if (job !== undefined) state.live.set(key, start(job, record.at));
      return;
    }
    case 'finished': {
      const key = keyOf(record.result);
      const job = state.live.get(key);
      if (job === undefined || job.state === 'finished') return;
      state.live.set(key, { state: 'finished', job: job.job, acceptedAt: job.acceptedAt, result: record.result });
      return;
    }
    case 'acknowledged': {
      const key = keyOf(record);
      state.live.delete(key);
      state.done.set(key, {
        targetId: record.target_id,
        attempt: record.attempt,
        at: record.at,
        result: record.result,
      });
      forgetOld(state, record.at);
      return;
    }
    default:
      assertNever(record);
  }
};

const liveRecords = ({ job, acceptedAt, ...rest }: LiveJob): JournalRecord[] => {
  const accepted: JournalRecord = { type: 'accepted', at: acceptedAt, job };
  if (rest.state === 'finished') return [accepted, { type: 'finished', at: acceptedAt, result: rest.result }];
  if (rest.state === 'accepted') return [accepted];
  const started: JournalRecord = {
    type: 'started',
    at: rest.firstStartedAt,
    target_id: job.target_id,
    attempt: job.attempt,
  };
  return [accepted, ...Array.from({ length: rest.starts }, () => started)];
};

/** The shortest journal that folds to the same state. */
export const compactRecords = (state: JournalState): JournalRecord[] => [
  ...[...state.done.values()].map(
    (job): JournalRecord => ({
      type: 'acknowledged',
      at: job.at,
      target_id: job.targetId,
      attempt: job.attempt,
      result: job.result,
    }),
  ),
  ...[...state.live.values()].flatMap(liveRecords),
];

/** What `hello` lists (JOB5). */
export const journaledJobs = (state: JournalState): JournaledJob[] =>
  [...state.live.values()].map(({ job, state: jobState }) => ({
    target_id: job.target_id,
    attempt: job.attempt,
    state: jobState,
  }));
