/**
 * The handle on D1. All SQL is in `<feature>.repository.ts` beside this file; every function there takes the handle first
 * and, where rows belong to a team, the team's id second.
 */
import type { SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';

export type Database = DrizzleD1Database & { $client: D1Database };

/** A statement that has not run yet: statements of one change go into one `db.batch`, which is a transaction. */
export type Statement = BatchItem<'sqlite'>;

export const openDatabase = (binding: D1Database): Database => drizzle(binding);

const dialect = new SQLiteAsyncDialect();

/** SQL of our own as a statement for a batch: `db.run(sql)` can only run by itself when it has parameters. */
export const statement = (db: Database, query: SQL): Statement => {
  const { sql, params } = dialect.sqlToQuery(query);
  const prepared = {
    _: { dialect: 'sqlite' as const, result: undefined },
    stmt: db.$client.prepare(sql),
    _prepare: () => prepared,
    getQuery: () => ({ sql, params }),
    mapResult: (result: unknown) => result,
  };
  return prepared;
};
