/** Two deployments side by side: what is worth a look first. */
import type { Comparison, DeploymentSummary } from '#protocol/http/deployments.ts';
import type { Tone } from '../ui/tone.ts';

export type TargetChange = Comparison['targets'][number]['change'];

export const changeLook: Record<TargetChange, { label: string; tone: Tone }> = {
  broken: { label: 'Broken', tone: 'bad' },
  fixed: { label: 'Fixed', tone: 'good' },
  changed: { label: 'Changed', tone: 'warn' },
  added: { label: 'Added', tone: 'busy' },
  removed: { label: 'Left out', tone: 'idle' },
  same: { label: 'Same', tone: 'idle' },
};

const ORDER: readonly TargetChange[] = ['broken', 'fixed', 'changed', 'added', 'removed', 'same'];

/** How many targets changed in which way, the worst first, without ways that none did. */
export const changesOf = ({ targets }: Pick<Comparison, 'targets'>): { change: TargetChange; count: number }[] =>
  ORDER.map((change) => ({ change, count: targets.filter((target) => target.change === change).length })).filter(
    ({ count }) => count > 0,
  );

const rank = (deployment: DeploymentSummary, other: DeploymentSummary): number => {
  if (other.id === deployment.parent?.id || other.parent?.id === deployment.id) return 0;
  return other.name === deployment.name ? 1 : 2;
};

/** What it came from or what came of it, then the same name, then the rest; the newest first among equals. */
export const nearestFirst = (
  deployment: DeploymentSummary,
  candidates: readonly DeploymentSummary[],
): DeploymentSummary[] =>
  candidates
    .filter(({ id }) => id !== deployment.id)
    .sort(
      (one, other) => rank(deployment, one) - rank(deployment, other) || (one.created_at < other.created_at ? 1 : -1),
    );
