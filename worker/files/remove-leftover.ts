/** Takes out of the bucket what nothing refers to. Safe to do twice; what fails stays on the list for the next run of the cron. */
import type { Database } from '#database/database.ts';
import { forgetLeftover, type Leftover } from '#database/leftovers.repository.ts';

/** R2's code for an upload that was completed or aborted already. */
const isNoSuchUpload = (error: unknown): boolean => error instanceof Error && error.message.includes('(10024)');

const abortUpload = async (bucket: R2Bucket, key: string, r2UploadId: string): Promise<void> => {
  try {
    await bucket.resumeMultipartUpload(key, r2UploadId).abort();
  } catch (error) {
    if (!isNoSuchUpload(error)) throw error;
  }
};

export const removeLeftover = async (bucket: R2Bucket, db: Database, leftover: Leftover): Promise<void> => {
  const { object_key, r2_upload_id } = leftover;
  if (r2_upload_id !== null) await abortUpload(bucket, object_key, r2_upload_id);
  await bucket.delete(object_key);
  await forgetLeftover(db, object_key);
};
