/** Counts failures by subject (an account or an address) in windows that start with the first failure. */
import { and, gt, inArray, lte, sql } from 'drizzle-orm';
import { loginAttempts } from './auth.tables.ts';
import type { Database } from './database.ts';

export type AttemptWindow = { subject: string; failures: number; window_ends_at: string };

export const findAttempts = async (db: Database, subjects: string[], now: string): Promise<AttemptWindow[]> =>
  db
    .select()
    .from(loginAttempts)
    .where(and(inArray(loginAttempts.subject, subjects), gt(loginAttempts.window_ends_at, now)));

/** One statement a subject, so that failures at the same moment all count. */
export const recordFailure = (db: Database, subject: string, now: string, windowEndsAt: string) =>
  db
    .insert(loginAttempts)
    .values({ subject, failures: 1, window_ends_at: windowEndsAt })
    .onConflictDoUpdate({
      target: loginAttempts.subject,
      set: {
        failures: sql`case when ${loginAttempts.window_ends_at} > ${now} then ${loginAttempts.failures} + 1 else 1 end`,
        window_ends_at: sql`case when ${loginAttempts.window_ends_at} > ${now} then ${loginAttempts.window_ends_at} else ${windowEndsAt} end`,
      },
    });

export const clearAttempts = (db: Database, subject: string) =>
  db.delete(loginAttempts).where(sql`${loginAttempts.subject} = ${subject}`);

export const deleteEndedLoginWindows = async (db: Database, now: string): Promise<void> => {
  await db.delete(loginAttempts).where(lte(loginAttempts.window_ends_at, now));
};
