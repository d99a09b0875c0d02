/** Messages from the server to the agent. The rules are in `SPEC.md`. */
import { z } from 'zod';
import { HostId, TargetId } from '../ids.ts';
import { MAX_HOST_LOG_CHARACTERS } from '../limits.ts';
import { Instant } from '../text.ts';
import { Job } from './job.ts';

export const Welcome = z.object({
  type: z.literal('welcome'),
  /** The version both sides speak from here on. */
  protocol: z.int().min(1),
  host_id: HostId,
  server_time: Instant,
  heartbeat_seconds: z.int().min(1).max(600),
});

export const JobOffer = z.object({ type: z.literal('job.offer'), job: Job });

export const JobCancel = z.object({
  type: z.literal('job.cancel'),
  target_id: TargetId,
  attempt: z.int().min(1),
  reason: z.enum(['canceled', 'timed_out', 'unknown']),
});

/** The result is committed; the agent may forget the job. */
export const ResultAck = z.object({ type: z.literal('result.ack'), target_id: TargetId, attempt: z.int().min(1) });

/** Everything before `offset` is durable on the server; the next frame must begin there. */
export const LogAck = z.object({ type: z.literal('log.ack'), target_id: TargetId, offset: z.int().min(0) });

/** Asks for a fresh `hello`. */
export const StateRequest = z.object({ type: z.literal('state.request') });

export const HostLogLevel = z.enum(['info', 'warn', 'error']);

/** One event of the host's log, as people read it. */
export const HostLogLine = z.object({
  /** Grows by one from line to line. */
  seq: z.int().min(1),
  at: Instant,
  level: HostLogLevel,
  text: z.string().max(MAX_HOST_LOG_CHARACTERS),
});
export type HostLogLine = z.infer<typeof HostLogLine>;

/** Lines for the agent's own copy of the host's log. */
export const HostLog = z.object({ type: z.literal('host.log'), lines: z.array(HostLogLine).min(1).max(100) });

export const ToAgent = z.discriminatedUnion('type', [
  Welcome,
  JobOffer,
  JobCancel,
  ResultAck,
  LogAck,
  StateRequest,
  HostLog,
]);
export type ToAgent = z.infer<typeof ToAgent>;
