/** A job as it is when its host hears of it. */
import type { HostJob, JobFiring } from '#domain/host/host-state.ts';
import { FIRING_GRACE_MS } from '#domain/host/limits.ts';
import type { JobAction } from '#protocol/agent/job.ts';
import { assertNever } from '#protocol/assert.ts';
import type { EnqueuedJob, EnqueueRequest } from './host-rpc.ts';
import type { HostStore } from './host-store.ts';

/** Jobs of the same deployment that came before, by device; only a request that does not hold all of a device's can have any. */
export const earlierJobs = (store: HostStore, { deployment_id, firing, items, jobs }: EnqueueRequest): HostJob[] => {
  const perDevice = Map.groupBy(jobs, (job) => job.device_key);
  const isWhole = [...perDevice.values()].every((group) => group.length === items);
  return firing === null || isWhole ? [] : store.jobsOfDeployment(deployment_id);
};

export const newJob = (
  request: EnqueueRequest,
  job: EnqueuedJob,
  position: number,
  earlier: readonly HostJob[] = [],
): HostJob => {
  const before = earlier.find(({ deviceKey, firing }) => deviceKey === job.device_key && firing !== null);
  // What was decided about the execution holds for all of it.
  const skipped = before?.end?.reason === 'skipped' ? before.end : null;
  return {
    targetId: job.target_id,
    deploymentId: request.deployment_id,
    deploymentName: request.deployment_name,
    deviceKey: job.device_key,
    position,
    attempt: 1,
    retriesLeft: request.retries,
    idempotent: request.idempotent,
    timeoutMs: request.timeout_seconds * 1000,
    waitUntil: waitUntil(request),
    status: skipped === null ? 'queued' : 'skipped',
    sent: false,
    holdsDevice: false,
    cancelRequested: false,
    sentAt: null,
    startedAt: null,
    deadlineAt: null,
    progressPercent: null,
    waitingFor: null,
    end: skipped,
    undo: null,
    logEnd: null,
    firing: firingOf(request, job, before?.firing ?? null),
    version: 1,
  };
};

/** Nobody is there at night to try again; a person at the keyboard is told at once. */
const waitUntil = ({ offline, firing, created_at }: EnqueueRequest): number | null => {
  if (offline.policy === 'wait') return created_at + offline.expires_in_seconds * 1000;
  return firing === null || firing.kind === 'manual' ? null : created_at + FIRING_GRACE_MS;
};

const firingOf = ({ firing }: EnqueueRequest, job: EnqueuedJob, before: JobFiring | null): JobFiring | null =>
  firing && {
    kind: firing.kind,
    overlap: firing.overlap,
    if_reserved: firing.if_reserved,
    counted: firing.counted,
    count: firing.count,
    max_executions: firing.max_executions,
    scheduleId: firing.schedule_id,
    scheduledAt: Date.parse(firing.scheduled_at),
    what: `${kindText(job.work.action)}: ${job.label}`,
    deviceName: job.device_name,
    continues: before !== null,
    began: before?.began ?? null,
    failed: before?.failed ?? false,
  };

const kindText = (action: JobAction): string => {
  switch (action.kind) {
    case 'command':
      return 'Command';
    case 'script':
      return 'Script';
    case 'software':
      return 'Software';
    case 'files':
      return 'File';
    case 'undo':
      return 'Undo';
    default:
      return assertNever(action);
  }
};
