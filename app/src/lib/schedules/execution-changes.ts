/** What live events change in a list of executions. Pure; the same array back means that nothing changed. */
import type { Execution, ListedExecution } from '#protocol/http/schedules.ts';
import type { ExecutionStatus } from '#protocol/states.ts';
import { withItem } from '../api/with-item.ts';

const ranks: Record<ExecutionStatus, number> = { queued: 0, running: 1, completed: 2, failed: 2, skipped: 2 };

export const isEndedExecution = ({ status }: Pick<Execution, 'status'>): boolean => ranks[status] === 2;

const durationOf = ({ started_at, completed_at }: Execution): number | null =>
  started_at === null || completed_at === null ? null : (Date.parse(completed_at) - Date.parse(started_at)) / 1000;

/** Whether it left a report, no event tells. */
const listed = (execution: Execution, known: ListedExecution | undefined): ListedExecution => ({
  ...execution,
  duration_seconds: durationOf(execution),
  has_report: known?.has_report ?? false,
});

export const executionsWith = (
  items: readonly ListedExecution[],
  changed: Execution,
  passes: (execution: Execution) => boolean,
  hasMore: boolean,
): readonly ListedExecution[] => {
  const known = items.find(({ id }) => id === changed.id);
  // Events that overtook each other: a state never goes back.
  if (known !== undefined && ranks[known.status] > ranks[changed.status]) return items;
  if (passes(changed)) return withItem(items, listed(changed, known), hasMore);
  return known === undefined ? items : items.filter((item) => item !== known);
};
