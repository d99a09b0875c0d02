/**
 * Executions on one host: all jobs of one deployment that a schedule fired on one device. Of each schedule one may run on a device and
 * one may wait; what else comes meanwhile is skipped.
 */
import type { ScheduleId } from '#protocol/ids.ts';
import type { Millis } from '../millis.ts';
import type { HostJob, JobFiring } from './host-state.ts';
import { changed, end, isEnded, isWaiting } from './job.ts';
import { skippedEnd } from './job-end.ts';

export type FiredJob = HostJob & { firing: JobFiring };

export const isFired = (job: HostJob): job is FiredJob => job.firing !== null;

export const sameExecution = (left: HostJob, right: HostJob): boolean =>
  left.deploymentId === right.deploymentId && left.deviceKey === right.deviceKey;

/** Jobs of other executions of the same schedule on the same device that have not ended. */
export const rivalsOf = (jobs: readonly HostJob[], job: FiredJob): FiredJob[] =>
  jobs
    .filter(isFired)
    .filter(
      (other) =>
        !isEnded(other) &&
        other.deviceKey === job.deviceKey &&
        other.firing.scheduleId === job.firing.scheduleId &&
        other.deploymentId !== job.deploymentId,
    );

/** Why an execution may not even wait; null when it may. */
const whySkipped = (jobs: readonly HostJob[], job: FiredJob): string | null => {
  if (job.firing.continues || jobs.some((other) => sameExecution(other, job))) return null;
  const rivals = rivalsOf(jobs, job);
  if (rivals.length === 0) return null;
  if (job.firing.overlap === 'skip') return 'Already running';
  return rivals.some(({ firing }) => firing.began === null) ? 'Already queued (max 1)' : null;
};

/** A new job as it joins the others: to wait for its turn, or ended at once. */
export const admit = (jobs: readonly HostJob[], job: HostJob, now: Millis): HostJob => {
  if (!isFired(job) || isEnded(job)) return job;
  const sibling = jobs.find((other) => sameExecution(other, job) && other.end?.reason === 'skipped');
  const reason = sibling?.end?.message ?? whySkipped(jobs, job);
  return reason === null ? job : end(job, 'skipped', skippedEnd(reason, now), true);
};

const ran = (job: FiredJob): boolean => job.firing.began !== null;

/** Of the execution, as far as it has come with this job. */
export const hasFailed = (job: FiredJob): boolean => job.firing.failed || job.status !== 'completed';

/** The number of an execution that ends with this job: what the schedule has counted by then. */
export const numberOf = (job: FiredJob): number =>
  job.firing.counted + (job.firing.count === 'successes' && hasFailed(job) ? 0 : 1);

/** What an end means for the jobs that are left: of the same execution, and of later ones of its schedule. */
const afterEnd = (job: FiredJob, ended: FiredJob, isOver: boolean): HostJob => {
  if (isEnded(job) || !ran(ended)) return job;
  const failed = hasFailed(ended);
  if (sameExecution(job, ended)) return changed(job, { firing: { ...job.firing, began: ended.firing.began, failed } });
  const isLater =
    job.firing.scheduleId === ended.firing.scheduleId && job.firing.scheduledAt > ended.firing.scheduledAt;
  if (!isOver || !isLater) return job;
  const counted = Math.max(job.firing.counted, numberOf(ended));
  return counted === job.firing.counted ? job : { ...job, firing: { ...job.firing, counted } };
};

const executionKey = ({ deploymentId, deviceKey }: HostJob): string => `${deploymentId} ${deviceKey}`;

/** An execution has begun with the first of its jobs: the others are no longer its choice to run. */
const shareBeginnings = (jobs: readonly HostJob[]): readonly HostJob[] => {
  const begun = new Map(
    jobs
      .filter(isFired)
      .flatMap((job) => (job.firing.began === null ? [] : [[executionKey(job), job.firing.began] as const])),
  );
  return jobs.map((job) => {
    const began =
      isFired(job) && isWaiting(job) && job.firing.began === null ? begun.get(executionKey(job)) : undefined;
    return job.firing === null || began === undefined ? job : { ...job, firing: { ...job.firing, began } };
  });
};

/** Carries on what is known of executions: from the job that begins one, and from jobs that end now, to those that are left. */
export const carryOn = (before: readonly HostJob[], after: readonly HostJob[]): readonly HostJob[] => {
  if (!after.some(isFired)) return after;
  const jobs = shareBeginnings(after);
  const open = new Set(before.filter((job) => !isEnded(job)).map((job) => job.targetId));
  const ended = jobs.filter(isFired).filter((job) => isEnded(job) && open.has(job.targetId));
  return ended.reduce<readonly HostJob[]>((all, one) => {
    const isOver = !all.some((job) => !isEnded(job) && sameExecution(job, one));
    return all.map((job) => (isFired(job) ? afterEnd(job, one, isOver) : job));
  }, jobs);
};

/** Its turn has come and a person has the device: whether the execution is skipped instead of waiting. */
export const skipsReserved = (job: HostJob): job is FiredJob =>
  isFired(job) && isWaiting(job) && job.firing.if_reserved === 'skip' && job.firing.began === null;

/** Executions of a schedule that have not begun end here. */
export const withdraw = (
  jobs: readonly HostJob[],
  { scheduleId, reason }: { scheduleId: ScheduleId; reason: string },
  now: Millis,
): readonly HostJob[] =>
  jobs.map((job) =>
    isFired(job) && isWaiting(job) && job.firing.scheduleId === scheduleId && job.firing.began === null
      ? end(job, 'skipped', skippedEnd(reason, now), true)
      : job,
  );
