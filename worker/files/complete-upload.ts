/**
 * Ends an upload in parts: makes the object and its SHA-256 of them, and only then writes the row. Each step may have happened before
 * (the caller asks again after a lost answer), so each step finds that out. Until the end the upload's own row tells what the bucket has.
 */
import { findFile } from '#database/files.repository.ts';
import {
  completeUploadStatements,
  dropUpload,
  findUpload,
  listParts,
  type UploadRow,
} from '#database/uploads.repository.ts';
import type { File } from '#protocol/http/files.ts';
import type { UploadId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { fileNotFound, hashMismatch, partsMissing, partsRefused, uploadNotFound } from './files.errors.ts';
import { partStoreOf } from './part-store.ts';
import { leftoverDueAt, removeParts, removeUpload } from './remove-leftover.ts';
import { missingParts } from './upload-parts.ts';

const refuseHash = async (context: PersonContext, upload: UploadRow, actual: string): Promise<Refusal> => {
  const { env, db, dependencies, auditIfChanged } = context;
  const entry = auditIfChanged('uploads.refuse', upload.id, { filename: upload.filename, sha256: actual });
  const dropped = await dropUpload(db, upload, leftoverDueAt(dependencies.clock()), [entry]);
  if (dropped) await removeUpload(env.FILES, upload);
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

/** Another call that completed the upload meanwhile has removed the parts: then this one answers like that one. */
const refuseParts = async (
  context: PersonContext,
  id: UploadId,
  expected: string | undefined,
): Promise<File | Refusal> => {
  const upload = await findUpload(context.db, context.team_id, id);
  return upload === undefined || upload.completed_at === null
    ? partsRefused()
    : completedFile(context, upload, expected);
};

const record = async (context: PersonContext, upload: UploadRow, sha256: string): Promise<File | Refusal> => {
  const { env, db, team_id, dependencies, auditIfChanged } = context;
  const { file_id, filename, size, content_type } = upload;
  const now = dependencies.clock();
  const file: File = {
    id: file_id,
    filename,
    size,
    sha256,
    content_type,
    created_at: now.toISOString(),
  };
  await db.batch([
    ...completeUploadStatements(db, upload, file, leftoverDueAt(now)),
    auditIfChanged('files.create', file_id, { filename, size, sha256 }),
  ]);
  await removeParts(env.FILES, upload);
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
  const sha256 = await partStoreOf(env.FILES, upload).join(parts);
  if (sha256 === null) return refuseParts(context, id, expected);
  if (expected !== undefined && expected !== sha256) return refuseHash(context, upload, sha256);
  return record(context, upload, sha256);
};
