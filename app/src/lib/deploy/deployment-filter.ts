/** The filter of the list of deployments, as it is in the page's address. */
import type { DeploymentSummary } from '#protocol/http/deployments.ts';
import { ActionKind } from '#protocol/spec.ts';
import { DeploymentStatus } from '#protocol/states.ts';

export interface DeploymentFilter {
  q: string;
  kind: ActionKind | '';
  status: DeploymentStatus | '';
}

export const readDeploymentFilter = (params: URLSearchParams): DeploymentFilter => ({
  q: params.get('q') ?? '',
  kind: ActionKind.safeParse(params.get('kind')).data ?? '',
  status: DeploymentStatus.safeParse(params.get('status')).data ?? '',
});

export const isFiltered = (filter: DeploymentFilter): boolean =>
  filter.q !== '' || filter.kind !== '' || filter.status !== '';

const passes = (deployment: DeploymentSummary, { q, kind, status }: DeploymentFilter): boolean =>
  (kind === '' || deployment.kind === kind) &&
  (status === '' || deployment.status === status) &&
  deployment.name.toLowerCase().includes(q.trim().toLowerCase());

/** What a live event makes of the list: newest first, and only what passes the filter. */
export const withDeployment = (
  items: readonly DeploymentSummary[],
  changed: DeploymentSummary,
  filter: DeploymentFilter,
): readonly DeploymentSummary[] => {
  const known = items.some((item) => item.id === changed.id);
  if (!passes(changed, filter)) return known ? items.filter((item) => item.id !== changed.id) : items;
  if (known) return items.map((item) => (item.id === changed.id ? changed : item));
  // Older than all that is loaded: it comes with its page.
  const last = items.at(-1);
  if (last !== undefined && changed.id < last.id) return items;
  return [...items, changed].sort((a, b) => (a.id < b.id ? 1 : -1));
};
