/** What the one-minute cron trigger does: starts what was lost, forgets what has ended. One job that fails stops no other. */
import { deleteExpiredSessions } from '#database/auth.repository.ts';
import { deleteOldIdempotencyKeys } from '#database/idempotency.repository.ts';
import { deleteEndedLoginWindows } from '#database/login-attempts.repository.ts';
import { deleteNotificationsBefore } from '#database/notifications.repository.ts';
import { forgetPlans } from '#database/plans.repository.ts';
import type { Env } from '#durable-objects/env.ts';
import type { Dependencies } from './context.ts';
import { startLostDeployments, wakeOverdueDeployments } from './deployments/reconcile.ts';
import { cleanUpFiles } from './files/clean-up.ts';
import { expireUnusedFiles } from './files/expire-files.ts';
import { lookAfterRestart } from './hosts/look-after-restart.ts';
import { forgetHistory } from './schedules/forget-history.ts';
import { defineLostSchedules, forgetGoneDevices, wakeOverdueSchedules } from './schedules/reconcile.ts';

/** A plan is confirmed within minutes; its hash is promised to hold for a day. */
const PLANS_KEPT_MS = 86_400_000;

/** Read or not: after a quarter nobody acts on one any more. */
const NOTIFICATIONS_KEPT_MS = 90 * 86_400_000;

export const runScheduled = async (env: Env, dependencies: Dependencies): Promise<void> => {
  const db = dependencies.database(env);
  const now = dependencies.clock();
  const ids = { now: () => now.getTime(), randomBytes: dependencies.randomBytes };
  const jobs: Record<string, () => Promise<unknown>> = {
    look_after_restart: () => lookAfterRestart(env, dependencies),
    start_lost_deployments: () => startLostDeployments(env, dependencies),
    wake_overdue_deployments: () => wakeOverdueDeployments(env, dependencies),
    wake_overdue_schedules: () => wakeOverdueSchedules(env, dependencies),
    define_lost_schedules: () => defineLostSchedules(env, dependencies),
    forget_gone_devices: () => forgetGoneDevices(env, dependencies),
    delete_old_idempotency_keys: () => deleteOldIdempotencyKeys(db, now),
    delete_ended_login_windows: () => deleteEndedLoginWindows(db, now.toISOString()),
    delete_expired_sessions: () => deleteExpiredSessions(db, now.toISOString()),
    delete_old_notifications: () =>
      deleteNotificationsBefore(db, new Date(now.getTime() - NOTIFICATIONS_KEPT_MS).toISOString()),
    forget_plans: () => forgetPlans(db, new Date(now.getTime() - PLANS_KEPT_MS).toISOString()),
    expire_unused_files: () => expireUnusedFiles({ bucket: env.FILES, db, ids, now, log: dependencies.log }),
    forget_history: () => forgetHistory({ db, now, log: dependencies.log }),
    clean_up_files: () => cleanUpFiles({ bucket: env.FILES, db, now, log: dependencies.log }),
  };
  for (const [job, run] of Object.entries(jobs))
    await run().catch((error: unknown) => dependencies.log('scheduled.failed', { job, error: String(error) }));
};
