/** The one line that says how a target stands, beside its state. */
import type { Target } from '#protocol/http/deployments.ts';
import { isFinalTarget } from '#protocol/states.ts';
import { withLocalTimes } from '$lib/format/local-times.ts';

export interface TargetMessage {
  /** Null where there is nothing to measure. */
  progress: number | null;
  text: string;
}

export const messageOf = (target: Target): TargetMessage => {
  if (isFinalTarget(target.status)) return { progress: null, text: target.result_message ?? '' };
  const text = target.waiting_for === null ? target.result_message : withLocalTimes(target.waiting_for);
  return { progress: target.progress_percent, text: text ?? '' };
};
