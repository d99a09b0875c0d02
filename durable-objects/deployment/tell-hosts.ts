/**
 * Tells hosts of their jobs, and which of them are canceled. Enqueueing and canceling are safe to repeat, so whoever could not be
 * told is told again.
 */
import type { HostId } from '#protocol/ids.ts';
import type { Env } from '../env.ts';
import type { EnqueueRequest, JobReport } from '../host/host-rpc.ts';
import { slices } from '../slices.ts';
import { hostStub } from '../stubs.ts';
import type { Plan, TargetRow } from './deployment-store.ts';

/** One invocation may make 1,000 calls to other objects; what is beyond goes in the next. */
export const HOSTS_PER_DELIVERY = 900;

/**
 * Hosts are told in slices, without waiting for their answers: between the slices the results of the first come in, whose locks are free
 * again before anybody is told.
 */
const HOSTS_AT_ONCE = 20;

/** Reports of a host, and what it has been told by the call that they answer. */
export type HostAnswer = { reports: readonly JobReport[]; told: readonly TargetRow[] };

type Deps = {
  env: Env;
  plan: Plan;
  /** Resolves when the answer is committed. */
  take: (answer: HostAnswer) => Promise<void>;
};

/** Throws when one of them could not be told; the others were. */
export const tellHosts = async (deps: Deps, targets: readonly TargetRow[]): Promise<void> => {
  const byHost = Map.groupBy(targets, (target) => target.host_id);
  const outcomes: Promise<PromiseSettledResult<void>[]>[] = [];
  for await (const hosts of slices([...byHost], HOSTS_AT_ONCE))
    outcomes.push(Promise.allSettled(hosts.map(([host, group]) => tellHost(deps, host, group))));
  const failed = (await Promise.all(outcomes)).flat().find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw new Error(`a host could not be told: ${String(failed.reason)}`);
};

const tellHost = async (deps: Deps, host: HostId, targets: readonly TargetRow[]): Promise<void> => {
  const stub = hostStub(deps.env, host);
  const enqueued = targets.filter((target) => target.to_tell === 'enqueue');
  const canceled = targets.filter((target) => target.to_tell === 'cancel');
  const reports: JobReport[] = [];
  if (enqueued.length > 0) reports.push(...(await stub.enqueue(enqueueRequest(deps.plan, enqueued))));
  if (canceled.length > 0) reports.push(...(await stub.cancel(enqueueRequest(deps.plan, canceled))));
  await deps.take({ reports, told: targets });
};

const enqueueRequest = (plan: Plan, targets: readonly TargetRow[]): EnqueueRequest => ({
  deployment_id: plan.deployment_id,
  deployment_name: plan.name,
  timeout_seconds: plan.timeout_seconds,
  retries: plan.retries,
  idempotent: plan.idempotent,
  offline: plan.offline,
  created_at: plan.created_at,
  firing: plan.firing,
  items: plan.items.length,
  jobs: targets.flatMap((target) => {
    const item = plan.items[target.item];
    return item === undefined
      ? []
      : [
          {
            target_id: target.id,
            device_id: target.device_id,
            device_key: target.device_key,
            device_name: target.device_name,
            label: item.label,
            work: {
              action: item.action,
              health_check: item.health_check,
              bandwidth_limit: plan.bandwidth_limit,
              undoes: target.undoes,
            },
          },
        ];
  }),
});
