/** One part of an upload, streamed from the request into the bucket without passing through our code. May be sent again. */
import { findUpload, type UploadRow, upsertPart } from '#database/uploads.repository.ts';
import type { UploadId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { Refusal } from '../http/problem.ts';
import { lengthRequired, uploadIsComplete, uploadNotFound, wrongPartLength } from './files.errors.ts';
import { partStoreOf } from './part-store.ts';
import { partLength } from './upload-parts.ts';

/** The length must be right before a byte is taken: R2 wants equal parts, and would say so only at the end. */
const checkPart = (request: Request, upload: UploadRow, number: number): ReadableStream<Uint8Array> | Refusal => {
  const expected = partLength(upload.size, number);
  if (expected === null) return uploadNotFound();
  const declared = request.headers.get('content-length');
  if (declared === null) return lengthRequired();
  return Number(declared) === expected && request.body !== null ? request.body : wrongPartLength(number, expected);
};

export const receivePart = async (
  context: PersonContext,
  id: UploadId,
  number: number,
): Promise<undefined | Refusal> => {
  const { env, db, team_id, http, dependencies } = context;
  const upload = await findUpload(db, team_id, id);
  if (upload === undefined) return uploadNotFound();
  if (upload.completed_at !== null) return uploadIsComplete();
  const body = checkPart(http.req.raw, upload, number);
  if (body instanceof Refusal) return body;
  const etag = await partStoreOf(env.FILES, upload).put(number, body);
  const isOpen = await upsertPart(db, id, { number, etag }, dependencies.clock());
  return isOpen ? undefined : uploadNotFound();
};
