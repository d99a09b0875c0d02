/** The target table's filters: each is one count of a deployment and stands for one or more states. */
import type { Counts } from '#protocol/http/deployments.ts';
import type { TargetStatus } from '#protocol/states.ts';

export const targetFilters = ['all', 'pending', 'running', 'completed', 'failed', 'skipped', 'canceled'] as const;
export type TargetFilter = (typeof targetFilters)[number];

const statuses: Record<Exclude<TargetFilter, 'all'>, readonly TargetStatus[]> = {
  pending: ['pending'],
  // As the counts count: handed to a host, or being worked on.
  running: ['queued', 'downloading', 'installing', 'running', 'verifying'],
  completed: ['completed'],
  failed: ['failed'],
  skipped: ['skipped'],
  canceled: ['canceled'],
};

/** Null: no status is asked for. */
export const statusesOf = (filter: TargetFilter): readonly (TargetStatus | null)[] =>
  filter === 'all' ? [null] : statuses[filter];

export const passes = (filter: TargetFilter, status: TargetStatus): boolean =>
  filter === 'all' || statuses[filter].includes(status);

export const countOf = (filter: TargetFilter, counts: Counts): number =>
  filter === 'all' ? counts.total_targets : counts[filter];

export const filterOf = (text: string | null): TargetFilter => targetFilters.find((filter) => filter === text) ?? 'all';
