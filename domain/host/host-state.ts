/** What a host's decisions are made from: its connection, its open jobs, the reservations of its devices. */
import { z } from 'zod';
import { ResultReason, UndoOffer } from '#protocol/agent/to-server.ts';
import { DeploymentId, ScheduleId, TargetId, UserId } from '#protocol/ids.ts';
import { Firing } from '#protocol/schedule.ts';
import { TargetStatus } from '#protocol/states.ts';

export const Connection = z.discriminatedUnion('state', [
  z.object({ state: z.literal('online'), since: z.number() }),
  /** `graceUntil` is later than `since` when the socket broke without a goodbye: it may be back at once. */
  z.object({ state: z.literal('offline'), since: z.number().nullable(), graceUntil: z.number() }),
]);
export type Connection = z.infer<typeof Connection>;

const JobEnd = z.object({
  reason: z.union([ResultReason, z.enum(['offline', 'host_removed', 'not_attached', 'skipped'])]),
  message: z.string(),
  details: z.string().nullable(),
  exitCode: z.number().nullable(),
  at: z.number(),
});
export type JobEnd = z.infer<typeof JobEnd>;

/** Of a job that a schedule fired. All jobs of one deployment on one device are one execution. */
export const JobFiring = Firing.pick({
  kind: true,
  overlap: true,
  if_reserved: true,
  counted: true,
  count: true,
  max_executions: true,
}).extend({
  scheduleId: ScheduleId,
  scheduledAt: z.number(),
  /** For the host's log: what is done, and where. */
  what: z.string(),
  deviceName: z.string(),
  /** Other jobs of its execution were taken before: whether it may run is decided. */
  continues: z.boolean(),
  /** When the first job of its execution was sent; null before. */
  began: z.number().nullable(),
  /** Whether a job of its execution has not succeeded. */
  failed: z.boolean(),
});
export type JobFiring = z.infer<typeof JobFiring>;

export const HostJob = z.object({
  targetId: TargetId,
  deploymentId: DeploymentId,
  deploymentName: z.string(),
  deviceKey: z.string(),
  /** Order of arrival: the queue of each device is first in, first out. */
  position: z.number(),
  attempt: z.number(),
  retriesLeft: z.number(),
  idempotent: z.boolean(),
  timeoutMs: z.number(),
  /** With policy `wait`: how long the job may wait for its host. Null with policy `fail`. */
  waitUntil: z.number().nullable(),
  status: TargetStatus,
  /** It was offered to the agent; whether the offer arrived, the agent's next `hello` tells. */
  sent: z.boolean(),
  /** True from the offer until the result is committed, or the time limit passed: the device's lock. */
  holdsDevice: z.boolean(),
  cancelRequested: z.boolean(),
  sentAt: z.number().nullable(),
  startedAt: z.number().nullable(),
  /** When the server stops waiting for the agent's result; set while the agent has the job. */
  deadlineAt: z.number().nullable(),
  progressPercent: z.number().nullable(),
  /** Why it is not running, in a few words; null while it runs and afterwards. */
  waitingFor: z.string().nullable(),
  end: JobEnd.nullable(),
  /** What the agent says a rollback would do about it. */
  undo: UndoOffer.nullable(),
  /** Where the target's log must end to be whole, in bytes; null until the last attempt's result is in. */
  logEnd: z.number().nullable(),
  /** Null when no schedule fired it. */
  firing: JobFiring.nullable().default(null),
  /** Grows with each change that others should hear of. */
  version: z.number(),
});
export type HostJob = z.infer<typeof HostJob>;

export const Reservation = z.object({
  deviceKey: z.string(),
  userId: UserId,
  userName: z.string(),
  reason: z.string(),
  since: z.number(),
  expiresAt: z.number(),
  /** Who had it before this person took it over. */
  takenFrom: z.object({ userId: UserId, userName: z.string() }).nullable().default(null),
});
export type Reservation = z.infer<typeof Reservation>;

export type HostState = {
  connection: Connection;
  /** Keys of the devices that are attached now, the host itself included. */
  attached: ReadonlySet<string>;
  /** Jobs that are not final, or that still hold their device, in order of position. */
  jobs: readonly HostJob[];
  reservations: readonly Reservation[];
};

/** Things to do once the new state is committed. What others must be told follows from the rows' versions. */
export type HostEffect =
  | { type: 'offer'; targetId: TargetId }
  | { type: 'cancel'; targetId: TargetId; attempt: number; reason: 'canceled' | 'timed_out' | 'unknown' }
  | { type: 'acknowledge'; targetId: TargetId; attempt: number };

export type HostDecision =
  | { type: 'accepted'; state: HostState; effects: HostEffect[] }
  | { type: 'rejected'; reason: string; effects: HostEffect[] };
