/** Brings D1 up to date from the migration files, recorded in the table that wrangler uses, so that either may go on from there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Migration {
  name: string;
  statements: string[];
}

/** What is used of D1: a batch is one transaction. */
export interface MigratedDatabase<Statement> {
  prepare: (sql: string) => Statement & {
    bind: (...values: string[]) => Statement;
    run: () => Promise<unknown>;
    all: () => Promise<{ results: Record<string, unknown>[] }>;
  };
  batch: (statements: Statement[]) => Promise<unknown>;
}

const RECORD_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

export function readMigrations(folder: string): Migration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  return files.sort().map((name) => ({ name, statements: splitStatements(readFileSync(join(folder, name), 'utf8')) }));
}

/** As drizzle-kit writes them: a marker between statements, none after the last. */
export function splitStatements(sql: string): string[] {
  const parts = sql.split('--> statement-breakpoint').map((part) => part.trim());
  return parts.filter((part) => part !== '');
}

/** Each file is applied whole or not at all; returns the names of those applied now. */
export async function applyMigrations<S>(db: MigratedDatabase<S>, migrations: readonly Migration[]): Promise<string[]> {
  await db.prepare(RECORD_TABLE).run();
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all();
  const done = new Set(results.map((row) => row.name));
  const applied: string[] = [];
  for (const { name, statements } of migrations) {
    if (done.has(name)) continue;
    const record = db.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name);
    try {
      await db.batch([...statements.map((sql) => db.prepare(sql)), record]);
    } catch (error) {
      throw new Error(`migration ${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    applied.push(name);
  }
  return applied;
}
