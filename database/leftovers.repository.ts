/** What must leave the bucket: see `file_leftovers`. Whoever removed the object and aborted the upload forgets the entry. */
import { asc, eq, lte, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { fileLeftovers } from './files.tables.ts';

/** An object, or with a key that ends with a slash all objects below it. */
export type Leftover = { object_key: string; r2_upload_id: string | null };

/** A statement: remove this object once `dueAt` has passed, unless `forgetLeftover` came first. */
export const noteLeftover = (db: Database, leftover: Leftover, dueAt: Date) => {
  const row = { ...leftover, due_at: dueAt.toISOString() };
  return db.insert(fileLeftovers).values(row).onConflictDoUpdate({ target: fileLeftovers.object_key, set: row });
};

export const forgetLeftover = (db: Database, objectKey: string) =>
  db.delete(fileLeftovers).where(eq(fileLeftovers.object_key, objectKey));

export const forgetLeftovers = async (db: Database, objectKeys: readonly string[]): Promise<void> => {
  const keys = sql`(select value from json_each(${JSON.stringify(objectKeys)}))`;
  await db.delete(fileLeftovers).where(sql`${fileLeftovers.object_key} in ${keys}`);
};

export const listDueLeftovers = async (db: Database, now: Date, limit: number): Promise<Leftover[]> =>
  db
    .select({ object_key: fileLeftovers.object_key, r2_upload_id: fileLeftovers.r2_upload_id })
    .from(fileLeftovers)
    .where(lte(fileLeftovers.due_at, now.toISOString()))
    .orderBy(asc(fileLeftovers.due_at))
    .limit(limit);
