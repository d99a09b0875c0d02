/** Claims, completes and forgets idempotency keys. The claim is one insert, so that of two requests at once one wins. */
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { Database } from './database.ts';
import { idempotencyKeys } from './idempotency.tables.ts';

/** The same key answers with the first result for a day. */
const KEPT_MS = 24 * 3600 * 1000;

/** A request that has no answer after this long has died with its isolate: no request of ours runs for minutes. */
const IN_FLIGHT_MS = 5 * 60 * 1000;

export type IdempotencyClaim =
  | { state: 'claimed' }
  | { state: 'in_flight' }
  | { state: 'other_body' }
  | { state: 'done'; status: number; content_type: string; answer: Uint8Array };

const before = (now: Date, ms: number): string => new Date(now.getTime() - ms).toISOString();

const dead = (now: Date) =>
  or(
    lt(idempotencyKeys.created_at, before(now, KEPT_MS)),
    and(isNull(idempotencyKeys.status), lt(idempotencyKeys.created_at, before(now, IN_FLIGHT_MS))),
  );

export const claimIdempotencyKey = async (
  db: Database,
  request: { key_hash: string; body_hash: string; now: Date },
): Promise<IdempotencyClaim> => {
  const { key_hash, body_hash, now } = request;
  const [, inserted, rows] = await db.batch([
    db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.key_hash, key_hash), dead(now))),
    db
      .insert(idempotencyKeys)
      .values({ key_hash, body_hash, created_at: now.toISOString() })
      .onConflictDoNothing()
      .returning({ key_hash: idempotencyKeys.key_hash }),
    db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key_hash, key_hash)),
  ]);
  const [row] = rows;
  if (inserted.length > 0 || row === undefined) return { state: 'claimed' };
  if (row.body_hash !== body_hash) return { state: 'other_body' };
  if (row.status === null || row.content_type === null || row.answer === null) return { state: 'in_flight' };
  return { state: 'done', status: row.status, content_type: row.content_type, answer: new Uint8Array(row.answer) };
};

export const completeIdempotencyKey = async (
  db: Database,
  keyHash: string,
  result: { status: number; content_type: string; answer: Uint8Array },
): Promise<void> => {
  await db.update(idempotencyKeys).set(result).where(eq(idempotencyKeys.key_hash, keyHash));
};

export const releaseIdempotencyKey = async (db: Database, keyHash: string): Promise<void> => {
  await db.delete(idempotencyKeys).where(eq(idempotencyKeys.key_hash, keyHash));
};

export const deleteOldIdempotencyKeys = async (db: Database, now: Date): Promise<void> => {
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.created_at, before(now, KEPT_MS)));
};
