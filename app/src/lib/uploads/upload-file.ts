/**
 * Takes one file up: a small one in one request, a large one in parts, several at a time, each tried again by itself. Which parts
 * have arrived is the server's to say: each beginning asks it, and only what is missing goes up.
 */
import { File as StoredFile } from '#protocol/http/files.ts';
import type { UploadId } from '#protocol/ids.ts';
import { UPLOAD_PART_BYTES } from '#protocol/limits.ts';
import { type Begun, beginUpload } from './begin-upload.ts';
import { type Part, planParts, type UploadPlan } from './plan-parts.ts';
import { hasStatus, isOk, isRefusal, readAnswer, type UploadEnd } from './read-answer.ts';
import { withRetries } from './retry.ts';
import type { BodyAnswer } from './send-body.ts';
import type { UploadInput, UploadTools } from './upload-input.ts';

/** One part's size: below it, parts would only add round trips. */
export const SINGLE_REQUEST_BYTES = UPLOAD_PART_BYTES;

/** Fills a line with some latency; more would take turns on the same line. */
const PARTS_AT_ONCE = 3;

export type UploadResult = { type: 'stored'; file: StoredFile } | UploadEnd;

const lengthOf = ({ start, end }: Part): number => end - start;

/** Bytes that have arrived and bytes on their way, per part. */
class Progress {
  #sent = new Map<number, number>();
  readonly #report: (bytes: number) => void;

  constructor(report: (bytes: number) => void) {
    this.#report = report;
  }

  set(part: number, bytes: number): void {
    this.#sent.set(part, bytes);
    let sum = 0;
    for (const count of this.#sent.values()) sum += count;
    this.#report(sum);
  }
}

export const uploadFile = (input: UploadInput, tools: UploadTools): Promise<UploadResult> =>
  input.file.size <= SINGLE_REQUEST_BYTES ? uploadAtOnce(input, tools) : uploadInParts(input, tools);

const uploadAtOnce = async ({ file, signal, onProgress }: UploadInput, tools: UploadTools): Promise<UploadResult> => {
  const idempotencyKey = tools.newKey();
  const send = () =>
    tools.sendBody({
      method: 'POST',
      idempotencyKey,
      url: `/api/files?filename=${encodeURIComponent(file.name)}`,
      body: file,
      contentType: file.type || 'application/octet-stream',
      signal,
      onProgress: (sent) => onProgress(Math.min(sent, file.size)),
    });
  const stored = readAnswer(await withRetries(send, signal, tools), StoredFile);
  return stored.type === 'value' ? { type: 'stored', file: stored.value } : stored;
};

const uploadInParts = async (input: UploadInput, tools: UploadTools): Promise<UploadResult> => {
  const begun = await beginUpload(input, tools);
  if (begun.type !== 'begun') return begun;
  const plan = planParts(input.file.size, begun.partSize, begun.received);
  input.onBegin(
    begun.uploadId,
    plan.arrived.reduce((sum, part) => sum + lengthOf(part), 0),
  );
  const answer = await sendAndComplete(input, begun.uploadId, plan, tools);
  // The parts on the server are not what it counted, as when two windows sent them at once: all of them again, once.
  const again = isRefusal(answer, 'files.parts_refused')
    ? await sendAndComplete(input, begun.uploadId, planParts(input.file.size, begun.partSize, []), tools)
    : answer;
  return endOf(again, begun, tools);
};

const endOf = (answer: BodyAnswer, { uploadId }: Begun, tools: UploadTools): UploadResult => {
  const stored = readAnswer(answer, StoredFile);
  // An upload that the server no longer knows starts anew the next time.
  if (stored.type === 'value' || hasStatus(answer, 404)) tools.memory.forget(uploadId);
  return stored.type === 'value' ? { type: 'stored', file: stored.value } : stored;
};

/** The answer that ended it: of the part that failed for good, or of the completion. */
const sendAndComplete = async (
  input: UploadInput,
  uploadId: UploadId,
  plan: UploadPlan,
  tools: UploadTools,
): Promise<BodyAnswer> => {
  const failure = await sendParts(input, uploadId, plan, tools);
  if (failure !== null) return failure;
  const complete = () =>
    tools.sendBody({
      method: 'POST',
      url: `/api/files/uploads/${uploadId}/complete`,
      body: new Blob(['{}']),
      contentType: 'application/json',
      signal: input.signal,
      onProgress: () => {},
    });
  return withRetries(complete, input.signal, tools);
};

/** The first part that fails for good stops the others; null when all have arrived. */
const sendParts = async (
  input: UploadInput,
  uploadId: UploadId,
  { arrived, send }: UploadPlan,
  tools: UploadTools,
): Promise<BodyAnswer | null> => {
  const progress = new Progress(input.onProgress);
  const stop = new AbortController();
  const signal = AbortSignal.any([input.signal, stop.signal]);
  let failure: BodyAnswer | null = null;
  for (const part of arrived) progress.set(part.number, lengthOf(part));
  const waiting = send.values();

  const work = async () => {
    for (const part of waiting) {
      if (signal.aborted) break;
      const answer = await withRetries(() => sendPart(input, uploadId, part, progress, signal, tools), signal, tools);
      if (isOk(answer)) continue;
      failure ??= answer;
      stop.abort();
    }
  };
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, work));
  return input.signal.aborted ? { type: 'aborted' } : failure;
};

const sendPart = (
  input: UploadInput,
  uploadId: UploadId,
  part: Part,
  progress: Progress,
  signal: AbortSignal,
  tools: UploadTools,
): Promise<BodyAnswer> => {
  progress.set(part.number, 0);
  return tools.sendBody({
    method: 'PUT',
    url: `/api/files/uploads/${uploadId}/parts/${part.number}`,
    body: input.file.slice(part.start, part.end),
    contentType: 'application/octet-stream',
    signal,
    onProgress: (sent) => progress.set(part.number, Math.min(sent, lengthOf(part))),
  });
};
