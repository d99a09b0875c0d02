/** Gives up an upload in parts: the row goes, then what the bucket has of it. */
import { dropUpload, findUpload } from '#database/uploads.repository.ts';
import type { UploadId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { uploadIsComplete, uploadNotFound } from './files.errors.ts';
import { leftoverDueAt, removeUpload } from './remove-leftover.ts';

export const abortUpload = async (context: PersonContext, id: UploadId): Promise<undefined | Refusal> => {
  const { env, db, team_id, now, auditIfChanged } = context;
  const upload = await findUpload(db, team_id, id);
  if (upload === undefined) return uploadNotFound();
  if (upload.completed_at !== null) return uploadIsComplete();
  const entry = auditIfChanged('uploads.abort', id, { filename: upload.filename });
  if (!(await dropUpload(db, upload, leftoverDueAt(now), [entry]))) return uploadIsComplete();
  await removeUpload(env.FILES, upload);
  return undefined;
};
