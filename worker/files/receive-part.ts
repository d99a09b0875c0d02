/** One part of an upload, streamed from the request into the bucket without passing through our code. May be sent again. */
import { fileObjectKey } from '#database/files.repository.ts';
import { findUpload, type UploadRow, upsertPart } from '#database/uploads.repository.ts';
import type { UploadId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { Refusal } from '../http/problem.ts';
import { bodyChunks, discard } from './body-chunks.ts';
import { lengthRequired, uploadIsComplete, uploadNotFound, wrongPartLength } from './files.errors.ts';
import { partLength } from './upload-parts.ts';

/** The length must be right before a byte is taken: R2 wants equal parts, and would say so only at the end. */
const checkPart = (request: Request, upload: UploadRow, number: number): ReadableStream<Uint8Array> | Refusal => {
  const expected = partLength(upload.size, number);
  if (expected === null) return uploadNotFound();
  const declared = request.headers.get('content-length');
  if (declared === null) return lengthRequired();
  return Number(declared) === expected && request.body !== null ? request.body : wrongPartLength(number, expected);
};

const store = async (context: PersonContext, id: UploadId, number: number): Promise<undefined | Refusal> => {
  const { env, db, team_id, http, dependencies } = context;
  const upload = await findUpload(db, team_id, id);
  if (upload === undefined) return uploadNotFound();
  if (upload.completed_at !== null) return uploadIsComplete();
  const body = checkPart(http.req.raw, upload, number);
  if (body instanceof Refusal) return body;
  const multipart = env.FILES.resumeMultipartUpload(fileObjectKey(team_id, upload.file_id), upload.r2_upload_id);
  const { etag } = await multipart.uploadPart(number, body);
  await upsertPart(db, id, { number, etag }, dependencies.clock());
  return undefined;
};

export const receivePart = async (
  context: PersonContext,
  id: UploadId,
  number: number,
): Promise<undefined | Refusal> => {
  const refusal = await store(context, id, number);
  if (refusal !== undefined) await discard(bodyChunks(context.http.req.raw.body));
  return refusal;
};
