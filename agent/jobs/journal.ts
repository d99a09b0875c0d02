/**
 * The journal: which jobs this agent has accepted, started and finished, as lines of JSON that are on disk before anyone is
 * told. Appends that arrive while the disk is busy share its next write. What a crash tore off at the end is dropped; a file
 * that is damaged elsewhere is set aside with whatever could be read of it carried over.
 */
import { copyFile, type FileHandle, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, errorText, type Log } from '../log.ts';
import { PRIVATE_FILE_MODE, syncDirectory, writeFileAtomically } from '../state/write-file.ts';
import {
  applyRecord,
  compactRecords,
  emptyJournal,
  hasSecrets,
  JournalRecord,
  type JournalState,
} from './journal-records.ts';

/** A compaction costs a few milliseconds; at some two kilobytes a job it comes once in hundreds of jobs. */
const COMPACT_ABOVE_BYTES = 1024 * 1024;

export type ReadJournal = {
  state: JournalState;
  wholeBytes: number;
  damagedLines: number;
  /** Lines of it hold secrets of jobs, ended ones included. */
  hasSecrets: boolean;
};

const holdsSecrets = (record: JournalRecord): boolean => record.type === 'accepted' && hasSecrets(record.job);

const parseLine = (line: string): JournalRecord | null => {
  try {
    return JournalRecord.parse(JSON.parse(line));
  } catch {
    return null;
  }
};

/** Only a line that ends is whole: the last one may have been torn by a crash before it was acknowledged to anyone. */
export const foldJournal = (text: string): ReadJournal => {
  const state = emptyJournal();
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  let damagedLines = 0;
  let found = false;
  for (const line of whole.split('\n')) {
    if (line === '') continue;
    const record = parseLine(line);
    if (record === null) damagedLines += 1;
    else {
      found ||= holdsSecrets(record);
      applyRecord(state, record);
    }
  }
  return { state, wholeBytes: Buffer.byteLength(whole), damagedLines, hasSecrets: found };
};

export const readJournal = async (path: string): Promise<ReadJournal> => {
  try {
    return foldJournal(await readFile(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT')
      return { state: emptyJournal(), wholeBytes: 0, damagedLines: 0, hasSecrets: false };
    throw error;
  }
};

const linesOf = (records: readonly JournalRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

type Append = {
  records: readonly JournalRecord[];
  /** What is only noted is part of the state already, and nobody waits for the disk. */
  noted: boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
};

export type JournalOptions = {
  path: string;
  log: Log;
  now: () => number;
  compactAboveBytes?: number;
  /** Makes what was written durable. */
  sync?: (handle: FileHandle) => Promise<void>;
};

export class Journal {
  readonly state: JournalState;
  readonly #options: Required<JournalOptions>;
  /** Null between a compaction and the next write. */
  #handle: FileHandle | null;
  #size: number;
  #compactAbove: number;
  /** The file holds secrets, of jobs that may be over. */
  #hasSecrets: boolean;
  #waiting: Append[] = [];
  #writing: Promise<void> | null = null;

  private constructor(options: Required<JournalOptions>, handle: FileHandle, read: ReadJournal) {
    this.#options = options;
    this.#handle = handle;
    this.#size = read.wholeBytes;
    this.#compactAbove = options.compactAboveBytes;
    this.#hasSecrets = read.hasSecrets;
    this.state = read.state;
  }

  static async open(options: JournalOptions): Promise<Journal> {
    const full = {
      compactAboveBytes: COMPACT_ABOVE_BYTES,
      sync: (handle: FileHandle) => handle.datasync(),
      ...options,
    };
    let read = await readJournal(options.path);
    if (read.damagedLines > 0) {
      const aside = `${options.path}.damaged-${options.now()}`;
      options.log('error', 'journal.damaged', { lines: read.damagedLines, kept_as: aside });
      await copyFile(options.path, aside);
      const content = linesOf(compactRecords(read.state));
      await writeFileAtomically(options.path, content);
      read = { ...read, wholeBytes: Buffer.byteLength(content) };
    }
    const handle = await openForWriting(options.path);
    await handle.truncate(read.wholeBytes);
    await handle.sync();
    await syncDirectory(dirname(options.path));
    return new Journal(full, handle, read);
  }

  /** Resolves when the records are durable and part of `state`; rejects when the disk does not take them. */
  append(records: readonly JournalRecord[]): Promise<void> {
    return new Promise((resolve, reject) => this.#push({ records, noted: false, resolve, reject }));
  }

  /** Part of `state` at once, on disk soon: for what a crash may undo. Errors are as harmless as that crash. */
  note(records: readonly JournalRecord[]): void {
    for (const record of records) applyRecord(this.state, record);
    const failed = (error: unknown): void =>
      this.#options.log('warn', 'journal.not_noted', { error: errorText(error) });
    this.#push({ records, noted: true, resolve: () => undefined, reject: failed });
  }

  #push(append: Append): void {
    this.#waiting.push(append);
    this.#writing ??= this.#write();
  }

  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    await this.#handle?.close();
    this.#handle = null;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeBatch(batch);
        for (const append of batch) append.resolve();
      } catch (error) {
        for (const append of batch) append.reject(error);
      }
    }
    if (this.#size > this.#compactAbove || this.#keepsOldSecrets()) await this.#compact();
    this.#writing = this.#waiting.length > 0 ? this.#write() : null;
  }

  async #writeBatch(batch: readonly Append[]): Promise<void> {
    const bytes = Buffer.from(linesOf(batch.flatMap((append) => append.records)));
    this.#handle ??= await openForWriting(this.#options.path);
    try {
      // At a position of our own rather than at the file's end, so that a failed write leaves nothing between good lines.
      await writeAll(this.#handle, bytes, this.#size);
      if (batch.some((append) => !append.noted)) await this.#options.sync(this.#handle);
    } catch (error) {
      await this.#handle.truncate(this.#size).catch(() => undefined);
      throw error;
    }
    this.#size += bytes.length;
    this.#hasSecrets ||= batch.some((append) => append.records.some(holdsSecrets));
    const news = batch.filter((append) => !append.noted).flatMap((append) => append.records);
    for (const record of news) applyRecord(this.state, record);
  }

  /** Secrets are kept for as long as a job needs them, not until the journal is long. */
  #keepsOldSecrets(): boolean {
    return this.#hasSecrets && ![...this.state.live.values()].some(({ job }) => hasSecrets(job));
  }

  /** A failure leaves the journal in place as it is; a long one is tried again when it has grown as much again. */
  async #compact(): Promise<void> {
    const { path, log, compactAboveBytes } = this.#options;
    try {
      const content = linesOf(compactRecords(this.state));
      // Windows replaces no file that is open.
      await this.#handle?.close();
      this.#handle = null;
      await writeFileAtomically(path, content);
      this.#size = Buffer.byteLength(content);
      this.#hasSecrets = [...this.state.live.values()].some(({ job }) => hasSecrets(job));
    } catch (error) {
      log('warn', 'journal.not_compacted', { error: errorText(error) });
    }
    this.#compactAbove = this.#size * 2 + compactAboveBytes;
  }
}

/** A disk that fills up takes a part of it and says so by the count alone; the next try then fails. */
const writeAll = async (handle: FileHandle, bytes: Buffer, position: number): Promise<void> => {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
};

/** For reading and writing, made when absent, never emptied. */
const openForWriting = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return open(path, 'wx+', PRIVATE_FILE_MODE);
  }
};
