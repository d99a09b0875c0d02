/** The beginning of an upload in parts: goes on with the one that this file belongs to if the server still has it, or starts one. */
import { StartedUpload, Upload } from '#protocol/http/files.ts';
import type { UploadId } from '#protocol/ids.ts';
import type { ReceivedPart } from './plan-parts.ts';
import { hasStatus, readAnswer, type UploadEnd } from './read-answer.ts';
import { withRetries } from './retry.ts';
import type { UploadInput, UploadTools } from './upload-input.ts';

export type Begun = { type: 'begun'; uploadId: UploadId; partSize: number; received: readonly ReceivedPart[] };

const json = (value: unknown): Blob => new Blob([JSON.stringify(value)]);

/** Null when the server does not have it any more, or has it for another file. */
const resume = async (
  input: UploadInput,
  uploadId: UploadId,
  tools: UploadTools,
): Promise<Begun | UploadEnd | null> => {
  const { file, signal } = input;
  const look = () =>
    tools.sendBody({
      method: 'GET',
      url: `/api/files/uploads/${uploadId}`,
      body: null,
      contentType: 'application/json',
      signal,
      onProgress: () => {},
    });
  const answer = await withRetries(look, signal, tools);
  if (hasStatus(answer, 404)) return null;
  const upload = readAnswer(answer, Upload);
  if (upload.type !== 'value') return upload;
  const { size, filename, part_size, received_parts } = upload.value;
  if (size !== file.size || filename !== file.name.trim()) return null;
  return { type: 'begun', uploadId, partSize: part_size, received: received_parts };
};

const start = async ({ file, signal }: UploadInput, tools: UploadTools): Promise<Begun | UploadEnd> => {
  const { name: filename, size, type } = file;
  const body = json(type === '' ? { filename, size } : { filename, size, content_type: type });
  const idempotencyKey = tools.newKey();
  const send = () =>
    tools.sendBody({
      method: 'POST',
      idempotencyKey,
      url: '/api/files/uploads',
      body,
      contentType: 'application/json',
      signal,
      onProgress: () => {},
    });
  const started = readAnswer(await withRetries(send, signal, tools), StartedUpload);
  if (started.type !== 'value') return started;
  tools.memory.keep(file, started.value.upload_id);
  return { type: 'begun', uploadId: started.value.upload_id, partSize: started.value.part_size, received: [] };
};

export const beginUpload = async (input: UploadInput, tools: UploadTools): Promise<Begun | UploadEnd> => {
  const known = tools.memory.find(input.file);
  if (known === null) return start(input, tools);
  const resumed = await resume(input, known, tools);
  if (resumed !== null) return resumed;
  tools.memory.forget(known);
  return start(input, tools);
};
