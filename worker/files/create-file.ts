/**
 * An upload in one request: a form with the field `file`, or the bytes themselves with `?filename=`. The row is written only when
 * the object is complete, and an entry among the leftovers until then, so that nothing stays behind whatever fails.
 */
import type { Database } from '#database/database.ts';
import { findFileRules } from '#database/file-rules.repository.ts';
import { fileObjectKey, insertFile, stagingFolder } from '#database/files.repository.ts';
import { forgetLeftover, type Leftover, noteLeftover } from '#database/leftovers.repository.ts';
import { type File, Filename } from '#protocol/http/files.ts';
import { newId } from '#protocol/ids.ts';
import { fieldIssues } from '#protocol/issues.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from '#protocol/limits.ts';
import type { PersonContext } from '../context.ts';
import { bodyChunks, discard } from '../http/body-chunks.ts';
import { invalid, Refusal } from '../http/problem.ts';
import { storedContentType } from './content-type.ts';
import { cutOff, filenameMissing, refuseByRules, refuseSize, tooLarge } from './files.errors.ts';
import { isForm, openFormFile } from './multipart-form.ts';
import type { StoredBytes } from './put-stream.ts';
import { RejectedUpload } from './rejected-upload.ts';
import { leftoverDueAt, removeLeftover } from './remove-leftover.ts';
import { storeObject } from './store-object.ts';

/** Boundaries, headers and small fields around the file in a form. */
const MAX_FORM_OVERHEAD_BYTES = 64 * 1024;

type Incoming = {
  filename: string | null;
  contentType: string | null;
  content: AsyncIterable<Uint8Array>;
  size: number | null;
};

/** The client went away, or what is between us did. */
async function* received(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const source = chunks[Symbol.asyncIterator]();
  for (;;) {
    const next = await source.next().catch(() => {
      throw new RejectedUpload(cutOff());
    });
    if (next.done === true) return;
    yield next.value;
  }
}

/** Counts while the bytes arrive: a length that was declared may be missing or untrue. */
async function* counted(
  content: AsyncIterable<Uint8Array>,
  refusalOf: (size: number) => Refusal | null,
): AsyncGenerator<Uint8Array, void> {
  let size = 0;
  for await (const chunk of content) {
    size += chunk.byteLength;
    const refusal = refusalOf(size);
    if (refusal !== null) throw new RejectedUpload(refusal);
    yield chunk;
  }
}

const atMost = (limit: number, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> =>
  counted(content, (size) => (size > limit ? tooLarge() : null));

const declaredLength = (request: Request): number | null => {
  const header = request.headers.get('content-length');
  return header === null || !/^\d+$/.test(header) ? null : Number(header);
};

const openForm = async (chunks: AsyncIterable<Uint8Array>, contentType: string): Promise<Incoming> => {
  const body = atMost(MAX_SINGLE_UPLOAD_BYTES + MAX_FORM_OVERHEAD_BYTES, chunks);
  const file = await openFormFile(body, contentType);
  return { ...file, content: atMost(MAX_SINGLE_UPLOAD_BYTES, file.content), size: null };
};

const openBody = async (request: Request, chunks: AsyncIterable<Uint8Array>): Promise<Incoming> => {
  const contentType = request.headers.get('content-type');
  if (contentType !== null && isForm(contentType)) return openForm(chunks, contentType);
  const content = atMost(MAX_SINGLE_UPLOAD_BYTES, chunks);
  return { filename: null, contentType, content, size: declaredLength(request) };
};

const isDeclaredTooLarge = (request: Request): boolean => {
  const overhead = isForm(request.headers.get('content-type')) ? MAX_FORM_OVERHEAD_BYTES : 0;
  return (declaredLength(request) ?? 0) > MAX_SINGLE_UPLOAD_BYTES + overhead;
};

const checkName = (name: string | null): string | Refusal => {
  if (name === null || name === '') return filenameMissing();
  const result = Filename.safeParse(name);
  if (result.success) return result.data;
  return invalid(fieldIssues(result.error).map(({ message }) => ({ path: 'filename', message })));
};

type Place = { bucket: R2Bucket; db: Database; now: Date; key: string; staging: string };

const store = async ({ bucket, db, now, key, staging }: Place, incoming: Incoming): Promise<StoredBytes> => {
  const { content, size } = incoming;
  const noted = new Map<string, Leftover>();
  const beforeBytes = async (keys: readonly string[]): Promise<void> => {
    for (const object_key of keys) {
      const leftover = { object_key, r2_upload_id: null };
      noted.set(object_key, leftover);
      await noteLeftover(db, leftover, leftoverDueAt(now));
    }
  };
  // What cannot be removed now is the cron's.
  const remove = async (): Promise<void> => {
    for (const leftover of noted.values()) await removeLeftover(bucket, db, leftover).catch(() => undefined);
  };
  try {
    const stored = await storeObject({ bucket, key, staging, content, size, beforeBytes });
    noted.delete(key);
    return stored;
  } finally {
    await remove();
  }
};

const receive = async (context: PersonContext, filename: string, incoming: Incoming): Promise<File> => {
  const { env, db, now, team_id, ids, audit } = context;
  const id = newId('file', ids);
  const key = fileObjectKey(team_id, id);
  const place = { bucket: env.FILES, db, now, key, staging: stagingFolder(team_id, id) };
  const { size, sha256 } = await store(place, incoming);
  const content_type = storedContentType(incoming.contentType);
  const file: File = { id, filename, size, sha256, content_type, created_at: now.toISOString() };
  // When this fails the object stays for the cron: the batch may have been committed without our hearing of it.
  await db.batch([
    insertFile(db, team_id, file),
    forgetLeftover(db, key),
    audit('files.create', id, { filename, size, sha256 }),
  ]);
  return file;
};

const receiveBody = async (
  context: PersonContext,
  chunks: AsyncIterable<Uint8Array>,
  givenName: string | undefined,
): Promise<File | Refusal> => {
  try {
    const incoming = await openBody(context.http.req.raw, received(chunks));
    const filename = checkName(givenName ?? incoming.filename);
    if (filename instanceof Refusal) return filename;
    const rules = await findFileRules(context.db, context.team_id);
    const refusal = refuseByRules(rules, { filename, size: incoming.size ?? 0 });
    if (refusal !== null) return refusal;
    const content = counted(incoming.content, (size) => refuseSize(rules, size));
    return await receive(context, filename, { ...incoming, content });
  } catch (error) {
    if (error instanceof RejectedUpload) return error.refusal;
    throw error;
  }
};

export const createFile = async (context: PersonContext, givenName: string | undefined): Promise<File | Refusal> => {
  const request = context.http.req.raw;
  const chunks = bodyChunks(request.body);
  const result = isDeclaredTooLarge(request) ? tooLarge() : await receiveBody(context, chunks, givenName);
  await discard(chunks);
  return result;
};
