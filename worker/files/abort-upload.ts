/** Gives up an upload in parts: the row goes, then what the bucket has of it. */
import { fileObjectKey } from '#database/files.repository.ts';
import { dropUpload, findUpload } from '#database/uploads.repository.ts';
import type { UploadId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { uploadIsComplete, uploadNotFound } from './files.errors.ts';
import { removeLeftover } from './remove-leftover.ts';

export const abortUpload = async (context: PersonContext, id: UploadId): Promise<undefined | Refusal> => {
  const { env, db, team_id, now, auditIfChanged } = context;
  const upload = await findUpload(db, team_id, id);
  if (upload === undefined) return uploadNotFound();
  if (upload.completed_at !== null) return uploadIsComplete();
  const entry = auditIfChanged('uploads.abort', id, { filename: upload.filename });
  if (!(await dropUpload(db, upload, now, [entry]))) return uploadIsComplete();
  const object_key = fileObjectKey(team_id, upload.file_id);
  await removeLeftover(env.FILES, db, { object_key, r2_upload_id: upload.r2_upload_id });
  return undefined;
};
