/**
 * The uploads of this browser window. They belong to the window and not to a page, so they go on while one looks elsewhere; the files
 * page shows them. Only the browser adds to it.
 */
import { Filename, type File as StoredFile } from '#protocol/http/files.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import { MAX_FILE_BYTES } from '#protocol/limits.ts';
import { formatBytes } from '../format/number.ts';
import { sleep } from './retry.ts';
import { sendBody } from './send-body.ts';
import { SpeedMeter } from './speed-meter.ts';
import { newSession, type UploadSession, uploadFile } from './upload-file.ts';

export type UploadStatus = 'waiting' | 'sending' | 'stored' | 'failed' | 'canceled';

/** Each file sends several parts at a time; two files keep a line busy between them. */
const FILES_AT_ONCE = 2;

/** A person reads speed and remaining time no faster. */
const MEASURE_MS = 500;

const tools = { sendBody, sleep, random: () => Math.random(), newKey: () => crypto.randomUUID() };

export class Upload {
  readonly key: number;
  readonly file: File;
  readonly session: UploadSession = newSession();
  status = $state<UploadStatus>('waiting');
  sentBytes = $state(0);
  bytesPerSecond = $state<number | null>(null);
  remainingSeconds = $state<number | null>(null);
  message = $state<string | null>(null);
  fields = $state.raw<readonly FieldIssue[]>([]);
  #meter = new SpeedMeter();
  #controller = new AbortController();

  constructor(key: number, file: File) {
    this.key = key;
    this.file = file;
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
    this.message = null;
    this.fields = [];
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

  cancel(): void {
    this.#controller.abort();
    if (this.status === 'waiting' || this.status === 'sending') this.status = 'canceled';
  }
}

/** What is wrong with a file before a byte of it is sent. */
const refusalOf = (file: File): string | null => {
  const name = Filename.safeParse(file.name);
  if (!name.success) return `The file name ${name.error.issues[0]?.message ?? 'is not accepted'}.`;
  if (file.size > MAX_FILE_BYTES) return `It is larger than ${formatBytes(MAX_FILE_BYTES)}.`;
  return null;
};

export class UploadManager {
  #uploads = $state<Upload[]>([]);
  #lastKey = 0;
  #listeners = new Set<(file: StoredFile) => void>();
  #timer: ReturnType<typeof setInterval> | null = null;

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

  add(files: Iterable<File>): void {
    for (const file of files) {
      const upload = new Upload(++this.#lastKey, file);
      const refusal = refusalOf(file);
      if (refusal !== null) upload.fail(refusal);
      this.#uploads.push(upload);
    }
    this.#next();
  }

  cancel(upload: Upload): void {
    upload.cancel();
    this.#next();
  }

  retry(upload: Upload): void {
    upload.status = 'waiting';
    this.#next();
  }

  dismiss(upload: Upload): void {
    upload.cancel();
    this.#discard(upload);
    this.#uploads = this.#uploads.filter((other) => other.key !== upload.key);
    this.#next();
  }

  dismissStored(): void {
    this.#uploads = this.#uploads.filter(({ status }) => status !== 'stored');
  }

  /** Parts that nobody will complete need not wait for the server's own tidying. */
  #discard(upload: Upload): void {
    const { started } = upload.session;
    if (upload.status === 'stored' || started === null) return;
    void fetch(`/api/files/uploads/${started.upload_id}`, { method: 'DELETE' }).catch(() => {});
  }

  #next(): void {
    const sending = this.#uploads.filter(({ status }) => status === 'sending').length;
    const waiting = this.#uploads.filter(({ status }) => status === 'waiting');
    for (const upload of waiting.slice(0, Math.max(0, FILES_AT_ONCE - sending))) void this.#send(upload);
    this.#watch();
  }

  async #send(upload: Upload): Promise<void> {
    const signal = upload.begin();
    const onProgress = (sent: number) => {
      upload.sentBytes = sent;
    };
    const result = await uploadFile({ file: upload.file, session: upload.session, signal, onProgress }, tools);
    // Canceled meanwhile: it may already be sent again, and this is the end of the former attempt.
    if (signal.aborted) return;
    if (result.type === 'stored') {
      upload.status = 'stored';
      for (const listener of this.#listeners) listener(result.file);
    } else if (result.type === 'failed') {
      upload.fail(result.message, result.fields);
    }
    this.#next();
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
