/** Answers and events travel on two ways; an answer that was overtaken says less than what is known by then. */
import type { DeploymentSummary } from '#protocol/http/deployments.ts';
import { isFinalDeployment } from '#protocol/states.ts';

type Progress = Pick<DeploymentSummary, 'status' | 'wave' | 'completed' | 'failed' | 'skipped' | 'canceled'>;

const ended = ({ completed, failed, skipped, canceled }: Progress): number => completed + failed + skipped + canceled;

/** The answer to a call, or what events have said meanwhile. Targets that ended and waves that went never come back. */
export const laterDeployment = <Deployment extends Progress>(known: Deployment, answer: Deployment): Deployment => {
  const overtaken = isFinalDeployment(known.status) || ended(known) > ended(answer) || known.wave > answer.wave;
  return overtaken ? known : answer;
};
