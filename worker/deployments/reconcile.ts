/** Goes after deployments that were left behind: by a start that was lost, or an alarm. Part of the one-minute cron trigger. */
import { findNeverStarted, findOverdue } from '#database/deployment-starts.repository.ts';
import { startRecorded } from '#durable-objects/deployment/start-deployment.ts';
import type { Env } from '#durable-objects/env.ts';
import type { DeploymentId } from '#protocol/ids.ts';
import type { Dependencies } from '../context.ts';

/** Longer than any start takes; shorter than a person would wait before asking. */
const LOST_AFTER_MS = 30_000;

/** An alarm fires within seconds. */
const OVERDUE_AFTER_MS = 30_000;

export const startLostDeployments = async (env: Env, dependencies: Dependencies): Promise<void> => {
  const db = dependencies.database(env);
  const now = dependencies.clock();
  const ids = { now: () => now.getTime(), randomBytes: dependencies.randomBytes };
  const lost = await findNeverStarted(db, new Date(now.getTime() - LOST_AFTER_MS).toISOString());
  const deps = { db, ids, deployment: (one: DeploymentId) => dependencies.deployment(env, one) };
  // One whose record cannot be read keeps no other from its start.
  for (const { id, team_id } of lost)
    await startRecorded(deps, team_id, id).catch((error: unknown) =>
      dependencies.log('deployment.start_failed', { deployment_id: id, error: String(error) }),
    );
};

/** Wakes deployments that wait between two waves for longer than they should. */
export const wakeOverdueDeployments = async (env: Env, dependencies: Dependencies): Promise<void> => {
  const db = dependencies.database(env);
  const overdue = await findOverdue(db, new Date(dependencies.clock().getTime() - OVERDUE_AFTER_MS).toISOString());
  for (const { id } of overdue) {
    dependencies.log('deployment.overdue', { deployment_id: id });
    await dependencies.deployment(env, id).look();
  }
};
