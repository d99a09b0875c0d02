/** An upload as the API tells of it. */
import type { OpenUpload, ReceivedPart, UploadRow } from '#database/uploads.repository.ts';
import type { UnfinishedUpload, Upload } from '#protocol/http/files.ts';
import { UPLOAD_PART_BYTES } from '#protocol/limits.ts';
import { uploadGivenUpAt } from './clean-up.ts';
import { partCount, partLength, receivedBytes } from './upload-parts.ts';

const shape = ({
  id,
  filename,
  size,
  created_by,
  created_at,
}: Omit<OpenUpload, 'part_count' | 'last_part' | 'last_received_at'>) => ({
  upload_id: id,
  part_size: UPLOAD_PART_BYTES,
  parts: partCount(size),
  filename,
  size,
  started_by: created_by,
  started_at: created_at,
});

/** Instants in the one form sort as text. */
const latest = (instants: readonly string[]): string => instants.reduce((one, two) => (one < two ? two : one));

export const uploadAnswer = (upload: UploadRow, parts: readonly ReceivedPart[]): Upload => ({
  ...shape(upload),
  received_parts: parts.map(({ number }) => ({ number, size: partLength(upload.size, number) ?? 0 })),
  completed_at: upload.completed_at,
  expires_at: uploadGivenUpAt(
    upload.completed_at ?? latest([upload.created_at, ...parts.map(({ received_at }) => received_at)]),
  ),
});

export const unfinishedUploadAnswer = (upload: OpenUpload): UnfinishedUpload => ({
  ...shape(upload),
  received_bytes: receivedBytes(upload.size, upload.part_count, upload.last_part),
  expires_at: uploadGivenUpAt(latest([upload.created_at, upload.last_received_at ?? upload.created_at])),
});
