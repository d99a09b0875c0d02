import { env } from 'cloudflare:test';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import * as audit from './audit.tables.ts';
import * as auth from './auth.tables.ts';
import * as deployments from './deployments.tables.ts';
import * as enrollment from './enrollment.tables.ts';
import * as fileRules from './file-rules.tables.ts';
import * as files from './files.tables.ts';
import * as groups from './groups.tables.ts';
import * as hosts from './hosts.tables.ts';
import * as idempotency from './idempotency.tables.ts';
import * as notifications from './notifications.tables.ts';
import * as reports from './reports.tables.ts';
import * as schedules from './schedules.tables.ts';
import * as scripts from './scripts.tables.ts';
import * as software from './software.tables.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      DB: D1Database;
    }
  }
}

const modules = [
  audit,
  auth,
  deployments,
  enrollment,
  fileRules,
  files,
  groups,
  hosts,
  idempotency,
  notifications,
  reports,
  schedules,
  scripts,
  software,
];
const tables = modules
  .flatMap((module): unknown[] => Object.values(module))
  .filter((table) => is(table, SQLiteTable))
  .map((table) => getTableConfig(table));

const Names = z.array(z.object({ name: z.string() }));
const Columns = z.array(z.object({ name: z.string(), type: z.string(), notnull: z.int() }));

test('the migrations make every table as the code describes it', async () => {
  for (const { name, columns } of tables) {
    const made = Columns.parse((await env.DB.prepare(`select * from pragma_table_info('${name}')`).all()).results);
    const found = made.map((column) => [column.name, column.type.toLowerCase(), column.notnull === 1]);
    expect(found, name).toEqual(columns.map((column) => [column.name, column.getSQLType(), column.notNull]));
  }
});

test('the migrations make every index, and no table that the code does not know', async () => {
  const names = async (type: string) => {
    const { results } = await env.DB.prepare(
      "select name from sqlite_master where type = ? and name not like 'sqlite_%' and name not like '%_cf_%' and name <> 'd1_migrations'",
    )
      .bind(type)
      .all();
    return Names.parse(results).map(({ name }) => name);
  };
  expect((await names('table')).sort()).toEqual(tables.map(({ name }) => name).sort());
  const described = tables.flatMap(({ indexes }) => indexes.map(({ config }) => config.name));
  expect(await names('index')).toEqual(expect.arrayContaining(described));
});
