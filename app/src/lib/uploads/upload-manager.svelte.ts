/**
 * The uploads of this browser window. They belong to the window and not to a page, so they go on while one looks elsewhere; the files
 * page shows them. Only the browser adds to it. What a closed window leaves unfinished stays on the server for a day, and goes on
 * when the same file is chosen again.
 */
import { SvelteSet } from 'svelte/reactivity';
import { fileIssue } from '#protocol/file-rules.ts';
import { type FileRules, NO_FILE_RULES } from '#protocol/http/file-rules.ts';
import { Filename, type File as StoredFile } from '#protocol/http/files.ts';
import type { UploadId } from '#protocol/ids.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import { MAX_FILE_BYTES } from '#protocol/limits.ts';
import { api } from '../api/api.ts';
import { formatBytes } from '../format/number.ts';
import { RememberedUploads } from './remembered-uploads.ts';
import { sleep } from './retry.ts';
import { sendBody } from './send-body.ts';
import { SpeedMeter } from './speed-meter.ts';
import { SINGLE_REQUEST_BYTES, uploadFile } from './upload-file.ts';

export type UploadStatus = 'waiting' | 'sending' | 'paused' | 'stored' | 'failed' | 'canceled';

/** Each file sends several parts at a time; two files keep a line busy between them. */
const FILES_AT_ONCE = 2;

/** A person reads speed and remaining time no faster. */
const MEASURE_MS = 500;

const memory = new RememberedUploads(
  () => localStorage,
  () => Date.now(),
);
const tools = { sendBody, sleep, random: () => Math.random(), newKey: () => crypto.randomUUID(), memory };

export class Upload {
  readonly key: number;
  readonly file: File;
  status = $state<UploadStatus>('waiting');
  sentBytes = $state(0);
  /** On the server; null for a small file, and before it has begun. */
  uploadId = $state<UploadId | null>(null);
  /** What had arrived before this attempt. */
  arrivedBytes = $state(0);
  bytesPerSecond = $state<number | null>(null);
  remainingSeconds = $state<number | null>(null);
  message = $state<string | null>(null);
  fields = $state.raw<readonly FieldIssue[]>([]);
  /** It failed because the server was out of reach, and goes on when the network is back. */
  isCutOff = false;
  #meter = new SpeedMeter();
  #controller = new AbortController();

  constructor(key: number, file: File) {
    this.key = key;
    this.file = file;
  }

  /** A small file goes in one request, of which half is worth nothing. */
  get canPause(): boolean {
    return this.file.size > SINGLE_REQUEST_BYTES;
  }

  get percent(): number {
    return this.file.size === 0 ? 0 : Math.min(100, (this.sentBytes / this.file.size) * 100);
  }

  /** All bytes are there; the server checks and stores them. */
  get isFinishing(): boolean {
    return this.status === 'sending' && this.sentBytes >= this.file.size;
  }

  begin(): AbortSignal {
    this.#controller = new AbortController();
    this.#meter = new SpeedMeter();
    this.status = 'sending';
    this.sentBytes = 0;
    this.arrivedBytes = 0;
    this.message = null;
    this.fields = [];
    this.isCutOff = false;
    return this.#controller.signal;
  }

  measure(now: number): void {
    this.#meter.record(now, this.sentBytes);
    this.bytesPerSecond = this.#meter.bytesPerSecond();
    this.remainingSeconds = this.#meter.remainingSeconds(this.file.size);
  }

  fail(message: string, fields: readonly FieldIssue[] = []): void {
    this.status = 'failed';
    this.message = message;
    this.fields = fields;
  }

  stop(status: 'paused' | 'canceled'): void {
    this.#controller.abort();
    this.status = status;
  }
}

type LocalRefusal = { message: string; fields: FieldIssue[] };

/** What is wrong with a file before a byte of it is sent. */
const refusalOf = (file: File, rules: FileRules): LocalRefusal | null => {
  const name = Filename.safeParse(file.name);
  if (!name.success)
    return { message: `The file name ${name.error.issues[0]?.message ?? 'is not accepted'}.`, fields: [] };
  if (file.size > MAX_FILE_BYTES) return { message: `It is larger than ${formatBytes(MAX_FILE_BYTES)}.`, fields: [] };
  const issue = fileIssue(rules, { filename: name.data, size: file.size });
  return issue === null ? null : { message: 'The rules of the team do not let it in.', fields: [issue] };
};

/** The server asks the rules itself: without an answer the file is sent, and refused there. */
const fetchRules = (): Promise<FileRules> => api.files.rules().catch(() => NO_FILE_RULES);

export class UploadManager {
  #uploads = $state<Upload[]>([]);
  #lastKey = 0;
  #listeners = new Set<(file: StoredFile) => void>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #rules: Promise<FileRules> = Promise.resolve(NO_FILE_RULES);
  /** Ids on the server that have ended in this window: a list that was fetched before may still have them. */
  readonly #ended = new SvelteSet<UploadId>();

  /** The newest last. */
  get uploads(): readonly Upload[] {
    return this.#uploads;
  }

  get isActive(): boolean {
    return this.#uploads.some(({ status }) => status === 'sending' || status === 'waiting');
  }

  /** Calls `listener` with every file that has arrived; the answer ends it. */
  listen(listener: (file: StoredFile) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** This window works at it, or has ended it. */
  isHandled(id: UploadId): boolean {
    return this.#ended.has(id) || this.#uploads.some(({ uploadId }) => uploadId === id);
  }

  /** It goes on when its file is chosen again here. */
  isRemembered(id: UploadId): boolean {
    return memory.has(id);
  }

  add(files: Iterable<File>): void {
    this.#rules = fetchRules();
    for (const file of files) this.#uploads.push(new Upload(++this.#lastKey, file));
    this.#next();
  }

  /** The parts that have arrived stay on the server. */
  pause(upload: Upload): void {
    upload.stop('paused');
    this.#next();
  }

  cancel(upload: Upload): void {
    upload.stop('canceled');
    this.#discard(upload);
    this.#next();
  }

  retry(upload: Upload): void {
    upload.status = 'waiting';
    this.#next();
  }

  /** What was cut off goes on. */
  retryCutOff(): void {
    for (const upload of this.#uploads) if (upload.status === 'failed' && upload.isCutOff) upload.status = 'waiting';
    this.#next();
  }

  dismiss(upload: Upload): void {
    if (upload.status !== 'stored') this.cancel(upload);
    this.#uploads = this.#uploads.filter((other) => other.key !== upload.key);
  }

  dismissStored(): void {
    this.#uploads = this.#uploads.filter(({ status }) => status !== 'stored');
  }

  /** Gives up an upload on the server, with the parts that it has. */
  async drop(id: UploadId): Promise<void> {
    await api.files.abortUpload(id);
    this.#end(id);
  }

  #end(id: UploadId): void {
    memory.forget(id);
    this.#ended.add(id);
  }

  /** Parts that nobody will complete need not wait for the server's own tidying, which takes those that this does not reach. */
  #discard(upload: Upload): void {
    const { uploadId } = upload;
    if (uploadId === null) return;
    upload.uploadId = null;
    memory.forget(uploadId);
    void this.drop(uploadId).catch(() => {});
  }

  #next(): void {
    const sending = this.#uploads.filter(({ status }) => status === 'sending').length;
    const waiting = this.#uploads.filter(({ status }) => status === 'waiting');
    for (const upload of waiting.slice(0, Math.max(0, FILES_AT_ONCE - sending))) void this.#send(upload);
    this.#watch();
  }

  async #send(upload: Upload): Promise<void> {
    const signal = upload.begin();
    const refusal = refusalOf(upload.file, await this.#rules);
    if (signal.aborted) return;
    if (refusal === null) await this.#transfer(upload, signal);
    else upload.fail(refusal.message, refusal.fields);
    // Stopped meanwhile: it may already be sent again, and this is the end of the former attempt.
    if (!signal.aborted) this.#next();
  }

  async #transfer(upload: Upload, signal: AbortSignal): Promise<void> {
    const onProgress = (sent: number) => {
      if (!signal.aborted) upload.sentBytes = sent;
    };
    const onBegin = (id: UploadId, arrivedBytes: number) => {
      upload.uploadId = id;
      upload.arrivedBytes = arrivedBytes;
    };
    const result = await uploadFile({ file: upload.file, signal, onProgress, onBegin }, tools);
    if (signal.aborted) return;
    if (result.type === 'stored') {
      upload.status = 'stored';
      if (upload.uploadId !== null) this.#end(upload.uploadId);
      for (const listener of this.#listeners) listener(result.file);
    } else if (result.type === 'failed') {
      upload.fail(result.message, result.fields);
      upload.isCutOff = result.unreachable;
    }
  }

  /** Measures while something is on its way, so that a line that stands still shows. */
  #watch(): void {
    if (this.isActive && this.#timer === null) {
      this.#timer = setInterval(() => {
        for (const upload of this.#uploads) if (upload.status === 'sending') upload.measure(performance.now());
      }, MEASURE_MS);
    } else if (!this.isActive && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }
}

export const uploads = new UploadManager();
