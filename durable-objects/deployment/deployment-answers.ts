/** A deployment and its targets as the API, D1 and dashboards have them. */

import { deploymentCounts } from '#domain/deployment/deployment-counts.ts';
import type { DeploymentState } from '#domain/deployment/deployment-state.ts';
import type { DeploymentSummary, Target } from '#protocol/http/deployments.ts';
import type { TeamEvent } from '#protocol/live/events.ts';
import type { Firing } from '#protocol/schedule.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import { slicesBySize } from '../by-size.ts';
import type { FollowUp, Plan, TargetRow } from './deployment-store.ts';

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

const stopReason = (state: DeploymentState, followUp: FollowUp): string | null => {
  const refused = followUp?.refused ?? null;
  const parts = [state.stopReason, refused === null ? null : `not rolled back: ${refused}`];
  return parts.filter((part) => part !== null).join('; ') || null;
};

/** What answers say of the schedule that fired a deployment. */
export const scheduleOf = (firing: Firing | null): DeploymentSummary['schedule'] =>
  firing === null ? null : { id: firing.schedule_id, scheduled_at: firing.scheduled_at };

export const summaryOf = (plan: Plan, state: DeploymentState, followUp: FollowUp): DeploymentSummary => ({
  id: plan.deployment_id,
  name: plan.name,
  kind: plan.kind,
  status: state.status,
  created_by: plan.created_by,
  created_at: iso(plan.created_at),
  started_at: isoOrNull(state.startedAt),
  ended_at: isoOrNull(state.endedAt),
  strategy: plan.strategy.type,
  wave: state.wave + 1,
  waves: state.rollout.ends.length,
  gate: state.gate === null ? null : { kind: state.gate.kind, until: iso(state.gate.until) },
  stop_reason: stopReason(state, followUp),
  parent: plan.parent,
  schedule: scheduleOf(plan.firing),
  rollback_id: followUp === null || followUp.refused !== null ? null : followUp.id,
  ...deploymentCounts(state.counts),
});

export const targetOf = (plan: Plan, row: TargetRow): Target => ({
  id: row.id,
  device_id: row.device_id,
  device_name: row.device_name,
  host_id: row.host_id,
  item: plan.items[row.item]?.label ?? '',
  status: row.status,
  attempt: row.attempt,
  progress_percent: row.progress_percent,
  result_message: row.result_message,
  error_details: row.error_details,
  exit_code: row.exit_code,
  waiting_for: row.waiting_for,
  started_at: isoOrNull(row.started_at),
  completed_at: isoOrNull(row.completed_at),
  wave: row.wave + 1,
  undo: row.undo,
});

/** Targets in one event at most, and their bytes: the frame stays below a mebibyte, whatever is said of them. */
const TARGETS_PER_EVENT = 500;
const BYTES_PER_EVENT = 500_000;

/** What dashboards hear of a change: the counts, the targets that changed, and the end. */
export const changeEvents = (
  plan: Plan,
  state: DeploymentState,
  followUp: FollowUp,
  changed: readonly TargetRow[],
): TeamEvent[] => {
  const summary = summaryOf(plan, state, followUp);
  const events: TeamEvent[] = [{ event: 'deployment_updated', data: summary }];
  const rows = changed.map((row) => targetOf(plan, row));
  for (const targets of slicesBySize(rows, TARGETS_PER_EVENT, BYTES_PER_EVENT))
    events.push({ event: 'target_updated', data: { deployment_id: plan.deployment_id, targets } });
  if (!isFinalDeployment(state.status)) return events;
  return [...events, ...endEvents(plan, state, summary)];
};

const endEvents = (plan: Plan, state: DeploymentState, summary: DeploymentSummary): TeamEvent[] => {
  const data = {
    deployment_id: plan.deployment_id,
    deployment_name: plan.name,
    status: state.status,
    success_count: summary.completed,
    failure_count: summary.failed,
    total_count: summary.total_targets,
    created_at: summary.created_at,
    ended_at: iso(state.endedAt ?? plan.created_at),
    firing: plan.firing === null ? null : { schedule_id: plan.firing.schedule_id, kind: plan.firing.kind },
  };
  const ended: TeamEvent = { event: 'deployment_completed', data };
  return plan.kind === 'files' ? [ended, { event: 'file_deployment_completed', data }] : [ended];
};
