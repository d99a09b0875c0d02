/** An execution as its targets make it: all that one firing does on one device. Pure. */
import type { Execution } from '#protocol/http/schedules.ts';
import { type DeploymentId, type DeviceId, executionIdOf, type TargetId } from '#protocol/ids.ts';
import type { Firing } from '#protocol/schedule.ts';
import { type ExecutionStatus, isFinalTarget, type TargetStatus } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';

export type ExecutionTarget = {
  id: TargetId;
  device_id: DeviceId;
  device_name: string;
  status: TargetStatus;
  result_message: string | null;
  started_at: Millis | null;
  completed_at: Millis | null;
};

const isoOrNull = (at: Millis | null): string | null => (at === null ? null : new Date(at).toISOString());

const statusOf = (targets: readonly ExecutionTarget[]): ExecutionStatus => {
  const statuses = targets.map(({ status }) => status);
  if (!statuses.every(isFinalTarget))
    return targets.some(({ started_at }) => started_at !== null) ? 'running' : 'queued';
  if (statuses.every((status) => status === 'skipped')) return 'skipped';
  return statuses.some((status) => status === 'failed' || status === 'canceled') ? 'failed' : 'completed';
};

const messageOf = (targets: readonly ExecutionTarget[], ...statuses: TargetStatus[]): string | null =>
  targets.find(({ status }) => statuses.includes(status))?.result_message ?? null;

const extreme = (times: readonly (Millis | null)[], pick: (...times: Millis[]) => Millis): Millis | null => {
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : pick(...known);
};

/** `targets` are all of one device, in the order of their ids; `first` is one of them. */
const executionOf = (
  firing: Firing,
  deployment: DeploymentId,
  first: ExecutionTarget,
  targets: readonly ExecutionTarget[],
): Omit<Execution, 'schedule_name'> => {
  const status = statusOf(targets);
  const hasEnded = status !== 'queued' && status !== 'running';
  return {
    id: executionIdOf(first.id),
    schedule_id: firing.schedule_id,
    kind: firing.kind,
    device_id: first.device_id,
    device_name: first.device_name,
    deployment_id: deployment,
    target_id: first.id,
    scheduled_at: firing.scheduled_at,
    started_at: isoOrNull(
      extreme(
        targets.map(({ started_at }) => started_at),
        Math.min,
      ),
    ),
    completed_at: hasEnded
      ? isoOrNull(
          extreme(
            targets.map(({ completed_at }) => completed_at),
            Math.max,
          ),
        )
      : null,
    status,
    success: hasEnded && status !== 'skipped' ? status === 'completed' : null,
    skip_reason: status === 'skipped' ? messageOf(targets, 'skipped') : null,
    error_message: status === 'failed' ? messageOf(targets, 'failed', 'canceled') : null,
  };
};

/** Executions of the devices whose targets are given, whole; in the order in which their devices come. */
export const executionsOf = <Target extends ExecutionTarget>(
  firing: Firing,
  deployment: DeploymentId,
  targets: readonly Target[],
): { execution: Omit<Execution, 'schedule_name'>; targets: readonly Target[] }[] =>
  [...Map.groupBy(targets, ({ device_id }) => device_id).values()].flatMap((group) => {
    const ordered = group.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const [first] = ordered;
    return first === undefined
      ? []
      : [{ execution: executionOf(firing, deployment, first, ordered), targets: ordered }];
  });
