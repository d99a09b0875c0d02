/** A plan in words. */
import type { DeploymentPlan } from '#protocol/http/deployments.ts';
import { formatBytes } from '../format/number.ts';
import { formatDuration } from '../format/time.ts';
import type { Fact } from './spec-text.ts';

const diskText = (bytes: number | null): string => {
  if (bytes === null) return 'known after the download';
  return bytes === 0 ? 'none' : `${formatBytes(bytes)} on each device`;
};

export const planFacts = (plan: DeploymentPlan): Fact[] => {
  const { estimated_seconds: seconds, blue_green: sides } = plan;
  return [
    ['On each device', plan.items.join(', ')],
    ['Takes about', seconds === null ? 'not known, it never ran before' : formatDuration(seconds * 1000)],
    ['Disk space', diskText(plan.disk_needed_bytes)],
    ['Rollback', plan.undo.text],
    ...(sides === null ? [] : [['Blue and green', `${sides.active} serves, ${sides.idle} is changed`] satisfies Fact]),
  ];
};
