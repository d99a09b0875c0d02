/** The cron's share of file storage: gives up uploads that nobody goes on with, and removes what must leave the bucket. */
import type { Database } from '#database/database.ts';
import { fileObjectKey } from '#database/files.repository.ts';
import { type Leftover, listDueLeftovers } from '#database/leftovers.repository.ts';
import { deleteCompletedUploads, dropUpload, listIdleUploads } from '#database/uploads.repository.ts';
import type { Log } from '#durable-objects/log.ts';
import { leftoverDueAt, removeLeftover } from './remove-leftover.ts';

/** An upload that received nothing for a day is not waited for, and after a day nobody asks again how one ended. */
const UPLOAD_KEPT_MS = 24 * 3600 * 1000;

/** When an upload whose last sign of life was at this instant is given up. */
export const uploadGivenUpAt = (instant: string): string =>
  new Date(Date.parse(instant) + UPLOAD_KEPT_MS).toISOString();

/** One run's share: each takes a few calls, and a Worker's calls in one run are bounded. The rest is the next minute's. */
const MAX_PER_RUN = 50;

export type CleanUp = { bucket: R2Bucket; db: Database; now: Date; log: Log };

/** One that cannot be removed must not keep the others. */
const remove = async ({ bucket, db, log }: CleanUp, leftover: Leftover): Promise<void> => {
  try {
    await removeLeftover(bucket, db, leftover);
  } catch (error) {
    log('files.leftover_not_removed', { object_key: leftover.object_key, error: String(error) });
  }
};

export const cleanUpFiles = async (cleanUp: CleanUp): Promise<void> => {
  const { db, now, log } = cleanUp;
  const dayAgo = new Date(now.getTime() - UPLOAD_KEPT_MS);
  await deleteCompletedUploads(db, dayAgo);
  for (const upload of await listIdleUploads(db, dayAgo, MAX_PER_RUN)) {
    await dropUpload(db, upload, leftoverDueAt(now));
    log('uploads.given_up', { upload_id: upload.id, object_key: fileObjectKey(upload.team_id, upload.file_id) });
  }
  for (const leftover of await listDueLeftovers(db, now, MAX_PER_RUN)) await remove(cleanUp, leftover);
};
