/** Deploying as a client does, with the moments that the figures are made of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Counts } from '#protocol/http/deployments.ts';
import { DeploymentId, type DeviceId } from '#protocol/ids.ts';
import { DeploymentStatus, isFinalDeployment, TargetStatus } from '#protocol/states.ts';
import type { Context } from './benchmark.ts';
import { now } from './measure.ts';

/** What is left to write after a deployment's end (rows in D1, alarms) is over by then and does not slow the next one. */
export const SETTLE_MS = 500;
/** Longer than any deployment here takes; a poll that goes on beyond it waits for something that will not come. */
const END_WITHIN_MS = 120_000;

const Created = z.object({ deployment_id: DeploymentId });
const Progress = z.object({
  ...Counts.shape,
  status: DeploymentStatus,
  targets: z.array(z.object({ status: TargetStatus })),
});
type Progress = z.infer<typeof Progress>;

export type Posted = { id: DeploymentId; postedAt: number; answeredAt: number };

export const postDeployment = async (
  { system }: Context,
  action: unknown,
  deviceIds: readonly DeviceId[],
  options: Record<string, unknown> = {},
): Promise<Posted> => {
  const postedAt = now();
  const { deployment_id: id } = await system.api.post(
    '/deployments',
    { action, device_ids: deviceIds, ...options },
    Created,
  );
  return { id, postedAt, answeredAt: now() };
};

export const command = (text: string): { kind: 'command'; command: string } => ({ kind: 'command', command: text });

export const progressOf = ({ system }: Context, id: DeploymentId): Promise<Progress> =>
  system.api.get(`/deployments/${id}/progress`, Progress);

/** The moment at which `GET progress` first answers with a final status. */
export const polledEnd = async (context: Context, id: DeploymentId): Promise<number> => {
  const deadline = now() + END_WITHIN_MS;
  while (now() < deadline) {
    const { status } = await progressOf(context, id);
    if (isFinalDeployment(status)) return now();
  }
  throw new Error(`${id} did not end within ${END_WITHIN_MS / 1000} s`);
};

/** Every target ended well, as anybody who asks now is told. */
export const verifyCompleted = async (context: Context, id: DeploymentId, count: number): Promise<void> => {
  const progress = await progressOf(context, id);
  const completed = progress.targets.filter(({ status }) => status === 'completed').length;
  if (progress.status === 'completed' && progress.completed === count && completed === count) return;
  throw new Error(`${id} is ${progress.status} with ${completed} of ${count} targets completed`);
};

export type Deployed = Posted & { endedAt: number };

/** Deploys, waits until a dashboard has seen the end, and checks it. */
export const deploy = async (
  context: Context,
  action: unknown,
  deviceIds: readonly DeviceId[],
  options: Record<string, unknown> = {},
): Promise<Deployed> => {
  const posted = await postDeployment(context, action, deviceIds, options);
  const { at } = await context.dashboard.ended(posted.id);
  await verifyCompleted(context, posted.id, deviceIds.length);
  return { ...posted, endedAt: at };
};

export const settle = (): Promise<void> => sleep(SETTLE_MS);
