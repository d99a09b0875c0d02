/**
 * Where the parts of an upload wait, and how they become the file's object: as objects of their own that are joined at the end,
 * or, for a file too large to be put at once, in the bucket's own multipart upload.
 */
import { createHash } from 'node:crypto';
import { fileObjectKey, stagingFolder } from '#database/files.repository.ts';
import type { PartRow, UploadRow } from '#database/uploads.repository.ts';
import { bodyChunks } from '../http/body-chunks.ts';
import { joinPieces, putPiece } from './join-pieces.ts';

export type PartStore = {
  /** Answers with the part's etag. */
  put: (number: number, body: ReadableStream<Uint8Array>) => Promise<string>;
  /** The SHA-256 of the object, which is there then; null when the parts do not make it. May have happened before. */
  join: (parts: readonly PartRow[]) => Promise<string | null>;
};

/** R2 takes up to 5 GiB less 5 MB at once. */
export const MAX_SINGLE_PUT_BYTES = 5_000_000_000;

/** Null when the object is not there, or is not as long as the file. */
const hashObject = async (bucket: R2Bucket, key: string, size: number): Promise<string | null> => {
  const object = await bucket.get(key);
  if (object === null) return null;
  if (object.size !== size) {
    await object.body.cancel();
    return null;
  }
  const hash = createHash('sha256');
  for await (const chunk of bodyChunks(object.body)) hash.update(chunk);
  return hash.digest('hex');
};

const objectsOfTheirOwn = (bucket: R2Bucket, { team_id, file_id, size }: UploadRow): PartStore => {
  const key = fileObjectKey(team_id, file_id);
  const partKey = (number: number): string => `${stagingFolder(team_id, file_id)}${number}`;
  return {
    put: async (number, body) => (await putPiece(bucket, partKey(number), body)).etag,
    join: async (parts) => {
      const before = await hashObject(bucket, key, size);
      if (before !== null) return before;
      const pieces = parts.map(({ number, etag }) => ({ key: partKey(number), etag }));
      return (await joinPieces(bucket, pieces, key, size))?.sha256 ?? null;
    },
  };
};

const multipartUpload = (bucket: R2Bucket, { team_id, file_id, size }: UploadRow, r2UploadId: string): PartStore => {
  const key = fileObjectKey(team_id, file_id);
  const multipart = bucket.resumeMultipartUpload(key, r2UploadId);
  return {
    put: async (number, body) => (await multipart.uploadPart(number, body)).etag,
    join: async (parts) => {
      const received = parts.map(({ number, etag }) => ({ partNumber: number, etag }));
      // It fails when it was done before as well: the object tells.
      await multipart.complete(received).catch(() => undefined);
      return hashObject(bucket, key, size);
    },
  };
};

export const partStoreOf = (bucket: R2Bucket, upload: UploadRow): PartStore =>
  upload.r2_upload_id === null
    ? objectsOfTheirOwn(bucket, upload)
    : multipartUpload(bucket, upload, upload.r2_upload_id);
