/** A retry: a new deployment of the same items on those targets of an earlier one that did not complete. */
import { fileIdsOf, loadForStart } from '#database/deployment-starts.repository.ts';
import { resolveFiles } from '#database/files.repository.ts';
import type { Deployment, RetryRequest } from '#protocol/http/deployments.ts';
import { type DeploymentId, newId } from '#protocol/ids.ts';
import { isFinalDeployment, type TargetStatus } from '#protocol/states.ts';
import { again, colorOf, waved } from './derive.ts';
import { launch, type StartDeps, type StartInput } from './start-deployment.ts';

export type Derived =
  | { ok: true; deployment: Deployment }
  | { ok: false; refusal: 'unknown' }
  | { ok: false; refusal: 'conflict' | 'impossible'; message: string };

const wanted = (only: RetryRequest['only']): ReadonlySet<TargetStatus> => {
  if (only === 'failed') return new Set<TargetStatus>(['failed']);
  return new Set<TargetStatus>(only === 'unfinished' ? ['failed', 'canceled', 'skipped'] : only);
};

export const startRetry = async (
  deps: StartDeps,
  input: StartInput,
  of: DeploymentId,
  only: RetryRequest['only'],
): Promise<Derived> => {
  const recorded = await loadForStart(deps.db, input.team_id, of);
  if (recorded === null) return { ok: false, refusal: 'unknown' };
  const { deployment, spec, items, activates } = recorded;
  if (!isFinalDeployment(deployment.status))
    return {
      ok: false,
      refusal: 'conflict',
      message: `deployment is ${deployment.status}: it can be retried once it has ended`,
    };
  const statuses = wanted(only);
  const chosen = recorded.targets.filter((target) => statuses.has(target.status)).map(again);
  if (chosen.length === 0)
    return { ok: false, refusal: 'impossible', message: `no target is ${[...statuses].join(' or ')}` };
  const isRollback = deployment.relation === 'rollback';
  const color = isRollback ? null : await colorOf(deps.db, input.team_id, activates);
  if (color !== null && color.active === activates?.active && color.deployment_id !== of)
    return {
      ok: false,
      refusal: 'conflict',
      message: `${color.active} side serves by now: to deploy to it again would change what is in use`,
    };
  const file_ids = await fileIdsOf(deps.db, of);
  const deleted = isRollback ? 0 : (await resolveFiles(deps.db, input.team_id, file_ids)).unknown.length;
  if (deleted > 0)
    return { ok: false, refusal: 'impossible', message: `${deleted} of the files that it needs were deleted` };
  const unfinished = recorded.targets.filter(({ status }) => status !== 'completed').length;
  const draft = {
    name: deployment.name,
    spec,
    items,
    file_ids,
    ...waved(spec.strategy, chosen, deployment.waves),
    parent: { id: of, relation: isRollback ? ('rollback' as const) : ('retry' as const) },
    // A part of a side is not the side.
    firing: null,
    activates: chosen.length === unfinished ? activates : null,
  };
  return { ok: true, deployment: await launch(deps, input, newId('dep', deps.ids), draft) };
};
