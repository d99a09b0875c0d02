/**
 * Takes one file up: a small one in one request, a large one in parts, several at a time, each tried again by itself. What has
 * arrived is kept in the `session`, so that a retry of the whole sends only what is missing.
 */
import type { z } from 'zod';
import { StartedUpload, File as StoredFile } from '#protocol/http/files.ts';
import { Problem } from '#protocol/http/problem.ts';
import { UPLOAD_PART_BYTES } from '#protocol/limits.ts';
import { type Part, planParts } from './plan-parts.ts';
import { type RetryTools, withRetries } from './retry.ts';
import type { BodyAnswer, SendBody } from './send-body.ts';

/** One part's size: below it, parts would only add round trips. */
export const SINGLE_REQUEST_BYTES = UPLOAD_PART_BYTES;

/** Fills a line with some latency; more would take turns on the same line. */
const PARTS_AT_ONCE = 3;

export interface UploadSession {
  started: Started | null;
  doneParts: Set<number>;
}

export interface UploadInput {
  file: Blob & { name: string };
  session: UploadSession;
  signal: AbortSignal;
  onProgress: (sentBytes: number) => void;
}

export interface UploadTools extends RetryTools {
  sendBody: SendBody;
  newKey: () => string;
}

export type UploadFailure = { type: 'failed'; message: string; fields: { path: string; message: string }[] };
export type UploadResult = { type: 'stored'; file: StoredFile } | { type: 'canceled' } | UploadFailure;

type Started = z.infer<typeof StartedUpload>;

export const newSession = (): UploadSession => ({ started: null, doneParts: new Set() });

const failed = (message: string): UploadFailure => ({ type: 'failed', message, fields: [] });

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const failureOf = (answer: BodyAnswer): UploadFailure | { type: 'canceled' } => {
  if (answer.type === 'aborted') return { type: 'canceled' };
  if (answer.type === 'unreachable')
    return failed('The server could not be reached. What has arrived is kept; try again.');
  const problem = Problem.safeParse(parseJson(answer.text));
  if (!problem.success) return failed(`The server answered with status ${answer.status}.`);
  return { type: 'failed', message: problem.data.detail, fields: problem.data.errors ?? [] };
};

const isOk = (answer: BodyAnswer) => answer.type === 'answer' && answer.status >= 200 && answer.status < 300;

const readAnswer = <Schema extends z.ZodType>(
  answer: BodyAnswer,
  schema: Schema,
): { type: 'value'; value: z.output<Schema> } | UploadFailure | { type: 'canceled' } => {
  if (!isOk(answer) || answer.type !== 'answer') return failureOf(answer);
  const parsed = schema.safeParse(parseJson(answer.text));
  return parsed.success
    ? { type: 'value', value: parsed.data }
    : failed('The server gave an answer that is not understood.');
};

const json = (value: unknown) => new Blob([JSON.stringify(value)]);

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
  const started = await start(input, tools);
  if (started.type !== 'value') return started;
  const { upload_id, part_size } = started.value;
  const problem = await sendParts(input, upload_id, planParts(input.file.size, part_size), tools);
  if (problem !== null) return problem;
  const complete = () =>
    tools.sendBody({
      method: 'POST',
      url: `/api/files/uploads/${upload_id}/complete`,
      body: json({}),
      contentType: 'application/json',
      signal: input.signal,
      onProgress: () => {},
    });
  const answer = await withRetries(complete, input.signal, tools);
  if (isUnknownUpload(answer)) forget(input.session);
  const stored = readAnswer(answer, StoredFile);
  return stored.type === 'value' ? { type: 'stored', file: stored.value } : stored;
};

const start = async ({ file, session, signal }: UploadInput, tools: UploadTools) => {
  if (session.started !== null) return { type: 'value' as const, value: session.started };
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
  const answer = readAnswer(await withRetries(send, signal, tools), StartedUpload);
  if (answer.type === 'value') session.started = answer.value;
  return answer;
};

/** The first part that fails for good stops the others; null when all have arrived. */
const sendParts = async (
  input: UploadInput,
  uploadId: string,
  parts: Part[],
  tools: UploadTools,
): Promise<UploadFailure | { type: 'canceled' } | null> => {
  const { session } = input;
  const progress = new Progress(input.onProgress);
  const stop = new AbortController();
  const signal = AbortSignal.any([input.signal, stop.signal]);
  let problem: UploadFailure | { type: 'canceled' } | null = null;
  for (const part of parts) if (session.doneParts.has(part.number)) progress.set(part.number, part.end - part.start);
  const waiting = parts.filter((part) => !session.doneParts.has(part.number)).values();

  const work = async () => {
    for (const part of waiting) {
      if (signal.aborted) break;
      const answer = await withRetries(() => sendPart(input, uploadId, part, progress, signal, tools), signal, tools);
      if (isOk(answer)) session.doneParts.add(part.number);
      else {
        problem ??= failureOf(answer);
        if (isUnknownUpload(answer)) forget(session);
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, work));
  return input.signal.aborted ? { type: 'canceled' } : problem;
};

const sendPart = (
  input: UploadInput,
  uploadId: string,
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
    onProgress: (sent) => progress.set(part.number, Math.min(sent, part.end - part.start)),
  });
};

/** An upload that the server no longer knows starts anew the next time. */
const isUnknownUpload = (answer: BodyAnswer): boolean => answer.type === 'answer' && answer.status === 404;

const forget = (session: UploadSession): void => {
  session.started = null;
  session.doneParts.clear();
};
