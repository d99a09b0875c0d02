/** Brings changed targets into a list that is loaded page by page and may be filtered. */
import type { Target } from '#protocol/http/deployments.ts';
import { isFinalTarget, type TargetStatus, TargetStatus as TargetStatuses } from '#protocol/states.ts';
import { passes, type TargetFilter } from './target-filter.ts';

const rank = (status: TargetStatus): number => TargetStatuses.options.indexOf(status);

/** Answers and events travel on two ways; the later state of the two counts, whichever came last. */
export const isNewer = (candidate: Target, known: Target): boolean => {
  if (candidate.attempt !== known.attempt) return candidate.attempt > known.attempt;
  if (isFinalTarget(known.status)) return isFinalTarget(candidate.status);
  return rank(candidate.status) >= rank(known.status);
};

/**
 * Targets are listed by id. Without a filter, one beyond the last that is loaded would leave a hole before it and comes with its
 * page; what a filter shows has no fixed places.
 */
const belongsHere = (target: Target, items: readonly Target[], { filter, hasMore }: MergeContext): boolean =>
  filter !== 'all' || !hasMore || target.id < (items.at(-1)?.id ?? '');

export interface MergeContext {
  filter: TargetFilter;
  /** Pages after the last item are not loaded. */
  hasMore: boolean;
}

/** The same array comes back when nothing in it changes. */
export const mergeTargets = (
  items: readonly Target[],
  changed: readonly Target[],
  context: MergeContext,
): readonly Target[] => {
  const byId = new Map(changed.map((target) => [target.id, target]));
  let touched = false;
  const kept: Target[] = [];
  for (const item of items) {
    const next = byId.get(item.id);
    byId.delete(item.id);
    if (next === undefined || !isNewer(next, item)) kept.push(item);
    else {
      touched = true;
      if (passes(context.filter, next.status)) kept.push(next);
    }
  }
  const added = [...byId.values()].filter(
    (target) => passes(context.filter, target.status) && belongsHere(target, items, context),
  );
  if (added.length === 0) return touched ? kept : items;
  return [...kept, ...added].sort((a, b) => (a.id < b.id ? -1 : 1));
};
