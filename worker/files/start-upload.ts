/** Begins an upload in parts. The team's file rules are asked here: an upload that they let in may end. */

import type { z } from 'zod';
import { findFileRules } from '#database/file-rules.repository.ts';
import { fileObjectKey } from '#database/files.repository.ts';
import { insertUpload, type UploadRow } from '#database/uploads.repository.ts';
import type { StartedUpload, StartUpload } from '#protocol/http/files.ts';
import { newId } from '#protocol/ids.ts';
import { UPLOAD_PART_BYTES } from '#protocol/limits.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { storedContentType } from './content-type.ts';
import { refuseByRules } from './files.errors.ts';
import { MAX_SINGLE_PUT_BYTES } from './part-store.ts';
import { partCount } from './upload-parts.ts';

/** Before the row is written: an upload in the bucket without a row holds no bytes, and R2 drops it by itself. */
const createMultipart = async (bucket: R2Bucket, key: string): Promise<string> =>
  (await bucket.createMultipartUpload(key)).uploadId;

export const startUpload = async (
  context: PersonContext,
  request: z.output<typeof StartUpload>,
): Promise<z.input<typeof StartedUpload> | Refusal> => {
  const { env, db, ids, team_id, now, audit, user } = context;
  const { filename, size } = request;
  const refusal = refuseByRules(await findFileRules(db, team_id), { filename, size });
  if (refusal !== null) return refusal;
  const fileId = newId('file', ids);
  const upload: UploadRow = {
    id: newId('upl', ids),
    team_id,
    file_id: fileId,
    filename,
    size,
    content_type: storedContentType(request.content_type),
    r2_upload_id: size > MAX_SINGLE_PUT_BYTES ? await createMultipart(env.FILES, fileObjectKey(team_id, fileId)) : null,
    created_by: user.username,
    created_at: now.toISOString(),
    completed_at: null,
  };
  await db.batch([insertUpload(db, upload), audit('uploads.start', upload.id, { filename, size })]);
  return { upload_id: upload.id, part_size: UPLOAD_PART_BYTES, parts: partCount(size) };
};
