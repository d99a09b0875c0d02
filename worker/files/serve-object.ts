/** Answers with the bytes of a stored file: whole or a range, streamed from the bucket without passing through our code. */

import { assertNever } from '#protocol/assert.ts';
import type { Refusal } from '../http/problem.ts';
import { type ByteRange, selectBytes } from './byte-range.ts';
import { attachment } from './content-disposition.ts';
import { fileNotFound, rangeNotSatisfiable } from './files.errors.ts';

export type ServedFile = { key: string; size: number; sha256: string; filename: string; content_type: string };

/** `no-transform`: compressing on the way would drop the length and break ranges. The bytes behind an id never change. */
const CACHE_CONTROL = 'private, no-cache, no-transform';

const headersOf = (file: ServedFile, tag: string, length: number): Headers =>
  new Headers({
    'accept-ranges': 'bytes',
    'cache-control': CACHE_CONTROL,
    'content-disposition': attachment(file.filename),
    // The embedded runtime compresses text on the way whatever the cache header says, unless an encoding is named.
    'content-encoding': 'identity',
    'content-length': String(length),
    'content-type': file.content_type,
    'x-content-type-options': 'nosniff',
    etag: tag,
  });

const send = async (
  bucket: R2Bucket,
  method: string,
  file: ServedFile,
  tag: string,
  range: ByteRange | null,
): Promise<Response | Refusal> => {
  const headers = headersOf(file, tag, range?.length ?? file.size);
  if (range !== null)
    headers.set('content-range', `bytes ${range.offset}-${range.offset + range.length - 1}/${file.size}`);
  const status = range === null ? 200 : 206;
  if (method === 'HEAD') return new Response(null, { status, headers });
  const object = await bucket.get(file.key, range === null ? {} : { range });
  // Deleted since its row was read.
  return object === null ? fileNotFound() : new Response(object.body, { status, headers });
};

export const serveObject = async (
  bucket: R2Bucket,
  request: Request,
  file: ServedFile,
): Promise<Response | Refusal> => {
  const tag = `"${file.sha256}"`;
  const selection = selectBytes(request.headers, tag, file.size);
  switch (selection.kind) {
    case 'whole':
      return send(bucket, request.method, file, tag, null);
    case 'part':
      return send(bucket, request.method, file, tag, selection.range);
    case 'not_modified':
      return new Response(null, { status: 304, headers: { etag: tag, 'cache-control': CACHE_CONTROL } });
    case 'unsatisfiable':
      return rangeNotSatisfiable(file.size);
    default:
      return assertNever(selection);
  }
};
