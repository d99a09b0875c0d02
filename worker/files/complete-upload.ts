/**
 * Ends an upload in parts: has the bucket put the parts together, reads the object once for its SHA-256, and only then writes the
 * row. Each step may have happened before (the caller asks again after a lost answer), so each step finds that out.
 */
import { createHash } from 'node:crypto';
import { fileObjectKey, findFile } from '#database/files.repository.ts';
import {
  completeUploadStatements,
  dropUpload,
  findUpload,
  listParts,
  type PartRow,
  type UploadRow,
} from '#database/uploads.repository.ts';
import type { File } from '#protocol/http/files.ts';
import type { UploadId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { bodyChunks } from './body-chunks.ts';
import { fileNotFound, hashMismatch, partsMissing, partsRefused, uploadNotFound } from './files.errors.ts';
import { removeLeftover } from './remove-leftover.ts';
import { missingParts } from './upload-parts.ts';

/** False when the bucket cannot make the object out of these parts, nor has it already. */
const assemble = async (
  bucket: R2Bucket,
  key: string,
  upload: UploadRow,
  parts: readonly PartRow[],
): Promise<boolean> => {
  const received = parts.map(({ number, etag }) => ({ partNumber: number, etag }));
  try {
    await bucket.resumeMultipartUpload(key, upload.r2_upload_id).complete(received);
    return true;
  } catch {
    const object = await bucket.head(key);
    return object?.size === upload.size;
  }
};

const hashObject = async (bucket: R2Bucket, key: string): Promise<string | null> => {
  const object = await bucket.get(key);
  if (object === null) return null;
  const hash = createHash('sha256');
  for await (const chunk of bodyChunks(object.body)) hash.update(chunk);
  return hash.digest('hex');
};

const refuseHash = async (context: PersonContext, upload: UploadRow, key: string, actual: string): Promise<Refusal> => {
  const { env, db, dependencies, auditIfChanged } = context;
  const entry = auditIfChanged('uploads.refuse', upload.id, { filename: upload.filename, sha256: actual });
  const dropped = await dropUpload(db, upload, dependencies.clock(), [entry]);
  if (dropped) await removeLeftover(env.FILES, db, { object_key: key, r2_upload_id: upload.r2_upload_id });
  return hashMismatch(actual);
};

/** What completing answered, or would have answered, the first time. */
const completedFile = async (
  context: PersonContext,
  upload: UploadRow,
  expected: string | undefined,
): Promise<File | Refusal> => {
  const file = await findFile(context.db, context.team_id, upload.file_id);
  if (file === undefined) return fileNotFound();
  return expected === undefined || expected === file.sha256 ? file : hashMismatch(file.sha256);
};

const record = async (context: PersonContext, upload: UploadRow, sha256: string): Promise<File | Refusal> => {
  const { db, team_id, dependencies, auditIfChanged } = context;
  const { file_id, filename, size, content_type } = upload;
  const file: File = {
    id: file_id,
    filename,
    size,
    sha256,
    content_type,
    created_at: dependencies.clock().toISOString(),
  };
  await db.batch([
    ...completeUploadStatements(db, upload, file),
    auditIfChanged('files.create', file_id, { filename, size, sha256 }),
  ]);
  // Another call may have completed or dropped the upload meanwhile: then it decided.
  return (await findFile(db, team_id, file_id)) ?? uploadNotFound();
};

export const completeUpload = async (
  context: PersonContext,
  id: UploadId,
  expected: string | undefined,
): Promise<File | Refusal> => {
  const { env, db, team_id } = context;
  const upload = await findUpload(db, team_id, id);
  if (upload === undefined) return uploadNotFound();
  if (upload.completed_at !== null) return completedFile(context, upload, expected);
  const parts = await listParts(db, id);
  const missing = missingParts(upload.size, parts);
  if (missing.length > 0) return partsMissing(missing);
  const key = fileObjectKey(team_id, upload.file_id);
  if (!(await assemble(env.FILES, key, upload, parts))) return partsRefused();
  const sha256 = await hashObject(env.FILES, key);
  if (sha256 === null) return uploadNotFound();
  if (expected !== undefined && expected !== sha256) return refuseHash(context, upload, key, sha256);
  return record(context, upload, sha256);
};
