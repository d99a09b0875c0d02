/**
 * The cron's share of the rules for history: a bounded number of executions, ledger entries and deployments goes in each run. Safe to do
 * twice; output and reports leave the bucket as leftovers do.
 */
import type { Database } from '#database/database.ts';
import {
  forgetExecutions,
  forgetLedger,
  listExcessExecutions,
  listOldDeployments,
  listOldExecutions,
  type Part,
} from '#database/schedule-retention.repository.ts';
import type { Log } from '#durable-objects/log.ts';

/** One value of the database, and a transaction that keeps no other waiting for long. */
export const MAX_FORGOTTEN_PER_RUN = 500;

/** Each has targets, files and reports of its own. */
const MAX_DEPLOYMENTS_PER_RUN = 100;

/** Every schedule is looked at once an hour: to count what is kept of all of them each minute would be most of what D1 does. */
const PARTS = 60;

const MINUTE_MS = 60_000;

export type Forgetting = { db: Database; now: Date; log: Log };

const partAt = (now: Date): Part => ({ part: Math.floor(now.getTime() / MINUTE_MS) % PARTS, of: PARTS });

export const forgetHistory = async ({ db, now, log }: Forgetting, part: Part = partAt(now)): Promise<void> => {
  const old = await listOldExecutions(db, now, MAX_FORGOTTEN_PER_RUN);
  const excess = await listExcessExecutions(db, part, MAX_FORGOTTEN_PER_RUN);
  const deployments = await listOldDeployments(db, now, MAX_DEPLOYMENTS_PER_RUN);
  const executions = [...old, ...excess];
  if (executions.length + deployments.length > 0) {
    await forgetExecutions(db, executions, deployments, now);
    log('schedules.history_forgotten', { executions: executions.length, deployments: deployments.length });
  }
  await forgetLedger(db, now, part, MAX_FORGOTTEN_PER_RUN);
};
