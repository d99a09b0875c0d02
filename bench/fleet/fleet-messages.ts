/** What the bench and the process that holds its simulated agents say to each other. */
import { z } from 'zod';
import { DeploymentId, DeviceId, HostId } from '#protocol/ids.ts';
import { HttpUrl, Sha256 } from '#protocol/text.ts';

export const Member = z.object({ host_id: HostId, device_id: DeviceId });
export type Member = z.infer<typeof Member>;

/** Moments of one job, in milliseconds on the clock that all processes share. */
export const JobTimes = z.object({
  host_id: HostId,
  deployment_id: DeploymentId,
  /** What the job is, when it is a command: benchmarks tell jobs apart by it. */
  command: z.string().nullable(),
  offered_at: z.number(),
  /** The same moment as a clock on the wall shows it, in milliseconds since 1970. */
  offered_at_wall: z.number(),
  result_sent_at: z.number(),
});
export type JobTimes = z.infer<typeof JobTimes>;

export const ToFleet = z.discriminatedUnion('call', [
  /** Enrolls and connects until there are so many; answers when all have been welcomed. */
  z.object({ id: z.int(), call: z.literal('grow'), server: HttpUrl, token: z.string(), count: z.int() }),
  /** The jobs since the last call. */
  z.object({ id: z.int(), call: z.literal('take_jobs') }),
  /** How many agents have been welcomed after a moment, and when the last one was. */
  z.object({ id: z.int(), call: z.literal('welcomed'), since: z.number() }),
  /** Gets processes ready that download as agents do. */
  z.object({ id: z.int(), call: z.literal('open_downloaders'), count: z.int() }),
  /** The same download code against another server; answers when all have it. */
  z.object({ id: z.int(), call: z.literal('download'), url: HttpUrl, sha256: Sha256, count: z.int() }),
]);
export type ToFleet = z.infer<typeof ToFleet>;

export const Answers = {
  grow: z.object({ members: z.array(Member), elapsed_ms: z.number() }),
  take_jobs: z.object({ jobs: z.array(JobTimes), refused_frames: z.int() }),
  welcomed: z.object({ count: z.int(), last_at: z.number().nullable() }),
  open_downloaders: z.object({}),
  download: z.object({ elapsed_ms: z.number() }),
} as const;

export const FromFleet = z.object({ id: z.int(), result: z.unknown().optional(), error: z.string().optional() });
export type FromFleet = z.infer<typeof FromFleet>;
