/** Calls that carried an `Idempotency-Key`. The key, the route, the team and the person are in `key_hash` together. */
import { blob, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    key_hash: text().primaryKey(),
    body_hash: text().notNull(),
    /** Null while the first request is being worked on. */
    status: integer(),
    content_type: text(),
    /** Encrypted under the client's key. */
    answer: blob({ mode: 'buffer' }).$type<Uint8Array>(),
    created_at: text().notNull(),
  },
  (table) => [index('idempotency_keys_by_age').on(table.created_at)],
);
