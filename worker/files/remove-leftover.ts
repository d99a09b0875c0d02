/** Takes out of the bucket what nothing refers to. Safe to do twice; what fails stays on the list for the next run of the cron. */
import type { Database } from '#database/database.ts';
import { forgetLeftover, type Leftover } from '#database/leftovers.repository.ts';
import { type UploadRow, uploadObjects } from '#database/uploads.repository.ts';

/** No request runs for a day: what one of a process that died has left, or one that came too late, is there by then. */
const LEFT_AFTER_MS = 24 * 3600 * 1000;

export const leftoverDueAt = (now: Date): Date => new Date(now.getTime() + LEFT_AFTER_MS);

/** R2's code for an upload that was completed or aborted already. */
const isNoSuchUpload = (error: unknown): boolean => error instanceof Error && error.message.includes('(10024)');

const abortUpload = async (bucket: R2Bucket, key: string, r2UploadId: string): Promise<void> => {
  try {
    await bucket.resumeMultipartUpload(key, r2UploadId).abort();
  } catch (error) {
    if (!isNoSuchUpload(error)) throw error;
  }
};

/** A list has at most a thousand keys, which is what a deletion takes. */
const emptyFolder = async (bucket: R2Bucket, prefix: string): Promise<void> => {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
};

const removeFromBucket = async (bucket: R2Bucket, { object_key, r2_upload_id }: Leftover): Promise<void> => {
  if (object_key.endsWith('/')) return emptyFolder(bucket, object_key);
  if (r2_upload_id !== null) await abortUpload(bucket, object_key, r2_upload_id);
  await bucket.delete(object_key);
};

export const removeLeftover = async (bucket: R2Bucket, db: Database, leftover: Leftover): Promise<void> => {
  await removeFromBucket(bucket, leftover);
  await forgetLeftover(db, leftover.object_key);
};

/** Of a complete upload, whose entry stays: a part may be on its way still. The cron takes what is not removed here. */
export const removeParts = async (bucket: R2Bucket, upload: UploadRow): Promise<void> => {
  await removeFromBucket(bucket, uploadObjects(upload).parts).catch(() => undefined);
};

/** Of an upload that was dropped, whose entries stay: a part, or the whole, may be on its way still. */
export const removeUpload = async (bucket: R2Bucket, upload: UploadRow): Promise<void> => {
  await removeFromBucket(bucket, uploadObjects(upload).file).catch(() => undefined);
  await removeParts(bucket, upload);
};
