/** What a dashboard says when a deployment has ended. Pure. */
import type { z } from 'zod';
import type { DeploymentCompleted } from '#protocol/live/events.ts';
import { plural } from '../format/number.ts';

export type Ended = z.infer<typeof DeploymentCompleted>['data'];
/** One id is shown once: the newer text takes the place of the older. */
export type Told = { tone: 'success' | 'error' | 'warning'; text: string; id: string };

const outcome = (ended: Ended): Pick<Told, 'tone' | 'text'> => {
  const { deployment_name: name, success_count, failure_count, total_count } = ended;
  if (failure_count === 0) return { tone: 'success', text: `${name} completed` };
  if (success_count === 0) return { tone: 'error', text: `${name} failed` };
  return { tone: 'warning', text: `${name}: ${plural(failure_count, 'target')} of ${total_count} failed` };
};

/** Nobody waits for a run that comes by itself: of those only failures are told, the latest of each schedule. */
export const toldOf = (ended: Ended): Told | null => {
  if (ended.status === 'canceled') return null;
  const { firing } = ended;
  if (firing === null || firing.kind === 'manual') return { ...outcome(ended), id: ended.deployment_id };
  return ended.failure_count === 0 ? null : { ...outcome(ended), id: firing.schedule_id };
};

/** Pages that show it anyway. */
export const shownOn = ({ deployment_id, firing }: Ended): string[] => [
  `/deployments/${deployment_id}`,
  ...(firing === null ? [] : [`/schedules/${firing.schedule_id}`]),
];
