import type { DeploymentSummary } from '#protocol/http/deployments.ts';
import type { DeploymentStatus } from '#protocol/states.ts';
import { passesWorkFilter, type WorkFilter } from './work-filter.ts';

export type DeploymentFilter = WorkFilter<DeploymentStatus>;

/** What a live event makes of the list: newest first, and only what passes the filter. */
export const withDeployment = (
  items: readonly DeploymentSummary[],
  changed: DeploymentSummary,
  filter: DeploymentFilter,
): readonly DeploymentSummary[] => {
  const known = items.some((item) => item.id === changed.id);
  if (!passesWorkFilter(changed, [changed.name], filter))
    return known ? items.filter((item) => item.id !== changed.id) : items;
  if (known) return items.map((item) => (item.id === changed.id ? changed : item));
  // Older than all that is loaded: it comes with its page.
  const last = items.at(-1);
  if (last !== undefined && changed.id < last.id) return items;
  return [...items, changed].sort((a, b) => (a.id < b.id ? 1 : -1));
};
