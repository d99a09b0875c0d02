/**
 * The cron's share of the rule that unused files expire. A run looks at a bounded number of files with four calls to the database
 * and one to the bucket; what is left is the next minute's. Safe to do twice: the rows decide, and what a run that died has left in
 * the bucket is on the list of leftovers.
 */
import type { Database } from '#database/database.ts';
import {
  type ExpiredFile,
  type ExpiringFile,
  expireFiles,
  keepFiles,
  listStaleFiles,
  type StaleFile,
} from '#database/file-expiry.repository.ts';
import { forgetLeftovers } from '#database/leftovers.repository.ts';
import type { Log } from '#durable-objects/log.ts';
import { type IdSource, newId } from '#protocol/ids.ts';

/** A deletion takes a thousand keys; fewer keep the log of a run readable and its transaction short. */
export const MAX_FILES_PER_RUN = 100;

export type Expiry = { bucket: R2Bucket; db: Database; ids: IdSource; now: Date; log: Log };

/** The rows are gone: what fails here is removed as a leftover. */
const removeObjects = async ({ bucket, db }: Expiry, expired: readonly ExpiredFile[]): Promise<void> => {
  const keys = expired.map(({ object_key }) => object_key);
  await bucket.delete(keys);
  await forgetLeftovers(db, keys);
};

const expire = async (expiry: Expiry, stale: readonly StaleFile[]): Promise<void> => {
  const { db, ids, now, log } = expiry;
  const expiring: ExpiringFile[] = stale.map((file) => ({ ...file, audit_id: newId('aud', ids) }));
  const expired = await expireFiles(db, expiring, now);
  for (const { id, team_id } of expired) log('files.expired', { file_id: id, team_id });
  if (expired.length > 0) await removeObjects(expiry, expired);
};

const isUnused = ({ in_use, used_until }: StaleFile): boolean => !in_use && used_until === null;

export const expireUnusedFiles = async (expiry: Expiry): Promise<void> => {
  const { db, now } = expiry;
  const stale = await listStaleFiles(db, now, MAX_FILES_PER_RUN);
  const { unused = [], kept = [] } = Object.groupBy(stale, (file) => (isUnused(file) ? 'unused' : 'kept'));
  const untilNow = now.toISOString();
  const touched = kept.map(({ id, in_use, used_until }) => ({
    id,
    touched_at: in_use ? untilNow : (used_until ?? untilNow),
  }));
  if (touched.length > 0) await keepFiles(db, touched);
  if (unused.length > 0) await expire(expiry, unused);
};
