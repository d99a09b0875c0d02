/**
 * The handle on D1. All SQL is in `<feature>.repository.ts` beside this file; every function there takes the handle first
 * and, where rows belong to a team, the team's id second.
 */
import type { BatchItem } from 'drizzle-orm/batch';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';

export type Database = DrizzleD1Database;

/** A statement that has not run yet: statements of one change go into one `db.batch`, which is a transaction. */
export type Statement = BatchItem<'sqlite'>;

export const openDatabase = (binding: D1Database): Database => drizzle(binding);
