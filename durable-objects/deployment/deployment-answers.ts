/** A deployment and its targets as the API, D1 and dashboards have them. */

import type { z } from 'zod';
import { successRate } from '#domain/deployment/decide.ts';
import { type DeploymentState, inFlight, total } from '#domain/deployment/deployment-state.ts';
import type { Counts, DeploymentSummary, Target } from '#protocol/http/deployments.ts';
import type { TeamEvent } from '#protocol/live/events.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import type { Plan, TargetRow } from './deployment-store.ts';

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export const countsOf = ({ counts }: DeploymentState): z.infer<typeof Counts> => ({
  total_targets: total(counts),
  pending: counts.pending,
  running: inFlight(counts),
  completed: counts.completed,
  failed: counts.failed,
  skipped: counts.skipped,
  canceled: counts.canceled,
  success_rate: successRate(counts),
});

export const summaryOf = (plan: Plan, state: DeploymentState): DeploymentSummary => ({
  id: plan.deployment_id,
  name: plan.name,
  kind: plan.kind,
  status: state.status,
  created_by: plan.created_by,
  created_at: iso(plan.created_at),
  started_at: isoOrNull(state.startedAt),
  ended_at: isoOrNull(state.endedAt),
  ...countsOf(state),
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
});

/** Targets in one event at most: the frame stays well below a mebibyte. */
const TARGETS_PER_EVENT = 500;

/** What dashboards hear of a change: the counts, the targets that changed, and the end. */
export const changeEvents = (plan: Plan, state: DeploymentState, changed: readonly TargetRow[]): TeamEvent[] => {
  const summary = summaryOf(plan, state);
  const events: TeamEvent[] = [{ event: 'deployment_updated', data: summary }];
  for (let from = 0; from < changed.length; from += TARGETS_PER_EVENT) {
    const targets = changed.slice(from, from + TARGETS_PER_EVENT).map((row) => targetOf(plan, row));
    events.push({ event: 'target_updated', data: { deployment_id: plan.deployment_id, targets } });
  }
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
  };
  const ended: TeamEvent = { event: 'deployment_completed', data };
  return plan.kind === 'files' ? [ended, { event: 'file_deployment_completed', data }] : [ended];
};
