/** Steps of one job, each from a job to a changed copy. Which step applies when is decided in `decide.ts`. */

import type { z } from 'zod';
import type { JobProgress, JobResult } from '#protocol/agent/to-server.ts';
import { isFinalTarget, type TargetStatus } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';
import type { HostJob, JobEnd } from './host-state.ts';
import { CANCEL_GRACE_MS, REPORT_GRACE_MS } from './limits.ts';

type Result = z.infer<typeof JobResult>;
type Progress = z.infer<typeof JobProgress>;

export const isEnded = (job: HostJob): boolean => isFinalTarget(job.status);
/** The agent has the job, as far as the server knows. */
export const isActive = (job: HostJob): boolean => !isEnded(job) && job.sent;
export const isWaiting = (job: HostJob): boolean => !isEnded(job) && !job.sent;

export const changed = (job: HostJob, change: Partial<HostJob>): HostJob => ({
  ...job,
  ...change,
  version: job.version + 1,
});

const endsAfter = (job: HostJob, from: Millis): Millis => from + job.timeoutMs + REPORT_GRACE_MS;

export const send = (job: HostJob, now: Millis): HostJob =>
  changed(job, {
    sent: true,
    holdsDevice: true,
    sentAt: now,
    deadlineAt: endsAfter(job, now),
    firing: job.firing && { ...job.firing, began: job.firing.began ?? now },
  });

/** More steps than a job reports in the moment before they are written. */
const VERSION_LEAP = 1000;

/** Steps that were told and then lost in a crash used versions: what is said from here on is newer than all of them. */
export const overtake = (job: HostJob): HostJob => ({ ...job, version: job.version + VERSION_LEAP });

/** Statuses only move forward (JOB10). */
const order: readonly TargetStatus[] = ['pending', 'queued', 'downloading', 'installing', 'running', 'verifying'];

export const progress = (job: HostJob, report: Progress, now: Millis): HostJob => {
  if (order.indexOf(report.status) < order.indexOf(job.status)) return job;
  const starts = job.startedAt === null;
  if (!starts && report.status === job.status && report.percent === job.progressPercent) return job;
  return changed(job, {
    status: report.status,
    progressPercent: report.percent,
    startedAt: job.startedAt ?? now,
    // The time limit runs from the start on the agent (JOB9), so the first sign of work moves the deadline.
    deadlineAt: starts && !job.cancelRequested ? endsAfter(job, now) : job.deadlineAt,
  });
};

/** An agent that is connected and has not begun may be busy with other devices: it gets the whole time again. */
export const extend = (job: HostJob, now: Millis): HostJob => ({ ...job, deadlineAt: endsAfter(job, now) });

export const end = (
  job: HostJob,
  status: 'completed' | 'failed' | 'canceled' | 'skipped',
  ending: JobEnd,
  release: boolean,
): HostJob =>
  changed(job, {
    status,
    end: ending,
    holdsDevice: job.holdsDevice && !release,
    progressPercent: status === 'completed' ? 100 : job.progressPercent,
    deadlineAt: release ? null : job.deadlineAt,
  });

/** The agent is told to stop; if it does not answer in time the server decides. */
export const requestCancel = (job: HostJob, now: Millis): HostJob =>
  changed(job, {
    cancelRequested: true,
    deadlineAt: Math.min(job.deadlineAt ?? Number.MAX_SAFE_INTEGER, now + CANCEL_GRACE_MS),
  });

/** The device is free although the result never came. */
export const release = (job: HostJob): HostJob => changed(job, { holdsDevice: false, deadlineAt: null });

/** Failures that another attempt cannot mend, or must not repeat. */
const finalReasons: ReadonlySet<Result['reason']> = new Set([
  'canceled',
  'policy_refused',
  'unsupported',
  'invalid_url',
  'path_refused',
  'file_exists',
]);

const mayRetry = (job: HostJob, result: Result): boolean =>
  result.outcome === 'failed' &&
  job.retriesLeft > 0 &&
  !job.cancelRequested &&
  !finalReasons.has(result.reason) &&
  // An interrupted job may have taken effect; only the spec's word that it is idempotent allows another start.
  (result.reason !== 'interrupted' || job.idempotent);

export const finish = (job: HostJob, result: Result, now: Millis): HostJob => {
  if (mayRetry(job, result))
    return changed(job, {
      status: 'queued',
      attempt: job.attempt + 1,
      retriesLeft: job.retriesLeft - 1,
      sent: false,
      holdsDevice: false,
      sentAt: null,
      deadlineAt: null,
      progressPercent: null,
    });
  const ending: JobEnd = {
    reason: result.reason,
    message: result.message,
    details: result.details,
    exitCode: result.exit_code,
    at: now,
  };
  return {
    ...end(job, result.outcome, ending, true),
    startedAt: job.startedAt ?? job.sentAt ?? now,
    undo: result.undo,
    logEnd: result.log_end,
  };
};
