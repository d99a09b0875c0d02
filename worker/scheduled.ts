/** What the one-minute cron trigger does: starts what was lost, forgets what has ended. */
import { deleteExpiredSessions } from '#database/auth.repository.ts';
import { deleteOldIdempotencyKeys } from '#database/idempotency.repository.ts';
import { deleteEndedLoginWindows } from '#database/login-attempts.repository.ts';
import type { Env } from '#durable-objects/env.ts';
import type { Dependencies } from './context.ts';
import { startLostDeployments } from './deployments/reconcile.ts';
import { cleanUpFiles } from './files/clean-up.ts';

export const runScheduled = async (env: Env, dependencies: Dependencies): Promise<void> => {
  const db = dependencies.database(env);
  const now = dependencies.clock();
  await startLostDeployments(env, dependencies);
  await deleteOldIdempotencyKeys(db, now);
  await deleteEndedLoginWindows(db, now.toISOString());
  await deleteExpiredSessions(db, now.toISOString());
  await cleanUpFiles({ bucket: env.FILES, db, now, log: dependencies.log });
};
