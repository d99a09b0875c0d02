import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { applyMigrations, type MigratedDatabase, splitStatements } from './migrations.ts';

interface Statement {
  sql: string;
  values: string[];
}

/** D1's interface on an SQLite database in memory; a batch is one transaction there as well. */
function openDatabase() {
  const sqlite = new DatabaseSync(':memory:');
  const execute = ({ sql, values }: Statement) => sqlite.prepare(sql).all(...values);
  const statement = (sql: string, values: string[] = []) => ({
    sql,
    values,
    bind: (...bound: string[]) => statement(sql, bound),
    run: async () => execute({ sql, values }),
    all: async () => ({ results: execute({ sql, values }) }),
  });
  const db: MigratedDatabase<Statement> = {
    prepare: (sql) => statement(sql),
    batch: async (statements) => {
      sqlite.exec('BEGIN');
      try {
        statements.forEach(execute);
        sqlite.exec('COMMIT');
      } catch (error) {
        sqlite.exec('ROLLBACK');
        throw error;
      }
    },
  };
  const tables = () =>
    sqlite
      .prepare("SELECT name FROM sqlite_master WHERE name LIKE 't_'")
      .all()
      .map((row) => row.name);
  return { db, tables };
}

const FIRST = { name: '0000_first.sql', statements: ['CREATE TABLE t1 (a)', 'CREATE TABLE t2 (a)'] };
const SECOND = { name: '0001_second.sql', statements: ['CREATE TABLE t3 (a)'] };

test('each migration is applied once, in order, also when more come later', async () => {
  const { db, tables } = openDatabase();
  expect(await applyMigrations(db, [FIRST])).toEqual(['0000_first.sql']);
  expect(await applyMigrations(db, [FIRST, SECOND])).toEqual(['0001_second.sql']);
  expect(await applyMigrations(db, [FIRST, SECOND])).toEqual([]);
  expect(tables()).toEqual(['t1', 't2', 't3']);
});

test('a migration that fails half way leaves nothing of itself and is named', async () => {
  const { db, tables } = openDatabase();
  const broken = { name: '0001_broken.sql', statements: ['CREATE TABLE t4 (a)', 'CREATE TABLE t1 (a)'] };
  await expect(applyMigrations(db, [FIRST, broken])).rejects.toThrow('migration 0001_broken.sql failed');
  expect(tables()).toEqual(['t1', 't2']);
});

test('a file is split where drizzle-kit marks it, without empty statements', () => {
  expect(splitStatements('CREATE TABLE a (x);\n--> statement-breakpoint\nCREATE TABLE b (x);\n')).toEqual([
    'CREATE TABLE a (x);',
    'CREATE TABLE b (x);',
  ]);
  expect(splitStatements('\n')).toEqual([]);
});
