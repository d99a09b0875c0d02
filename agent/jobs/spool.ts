/**
 * One job's output on disk (LOG2): records of a stream's number, a length and that many bytes of UTF-8, appended as they come.
 * Offsets are positions in the target's log, that is, they count text alone and begin at the job's `log_offset`. The file is
 * made with the first output and lives until the server has all of it. Reads and writes are synchronous: they end in the page
 * cache, and order matters more here than concurrency.
 */
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { LogPiece, LogStream } from '#protocol/agent/to-server.ts';
import { errorCode } from '../log.ts';
import { PRIVATE_FILE_MODE } from '../state/write-file.ts';
import { endOfPart } from './cut-text.ts';

const STREAMS: readonly LogStream[] = ['stdout', 'stderr', 'system'];
const HEADER_BYTES = 5;
/** A record goes into a frame as a whole, several of them into one frame. */
const MAX_RECORD_BYTES = 16 * 1024;
/** One read: a full frame's text in records of a few hundred bytes. */
const READ_BYTES = 72 * 1024;

/** A place between two records. */
export type SpoolCursor = { readonly offset: number; readonly position: number };

export type SpoolRecord = { piece: LogPiece; bytes: number; next: SpoolCursor };

const block = Buffer.allocUnsafe(READ_BYTES);

/** The length of the record at `at`; null when what is there is no whole header or cannot be one. */
const recordLength = (buffer: Buffer, at: number, end: number): number | null => {
  if (end - at < HEADER_BYTES) return null;
  const length = buffer.readUInt32BE(at + 1);
  return buffer.readUInt8(at) < STREAMS.length && length > 0 && length <= MAX_RECORD_BYTES ? length : null;
};

const encodeRecords = (stream: LogStream, text: string): Buffer[] => {
  const bytes = Buffer.from(text);
  const buffers: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const part = bytes.subarray(at, endOfPart(bytes, at, MAX_RECORD_BYTES));
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt8(STREAMS.indexOf(stream));
    header.writeUInt32BE(part.length, 1);
    buffers.push(header, part);
    at += part.length;
  }
  return buffers;
};

export class Spool {
  readonly start: SpoolCursor;
  readonly #path: string;
  #fd: number | null;
  #end: SpoolCursor;

  private constructor(path: string, base: number, fd: number | null) {
    this.#path = path;
    this.#fd = fd;
    this.start = { offset: base, position: 0 };
    this.#end = this.start;
  }

  static create(path: string, base: number): Spool {
    return new Spool(path, base, null);
  }

  /** Opens what an earlier run of the agent has left, up to a record that its end tore. */
  static reopen(path: string, base: number): Spool {
    let fd: number;
    try {
      fd = openSync(path, 'r+');
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      return Spool.create(path, base);
    }
    const spool = new Spool(path, base, fd);
    spool.#end = spool.seek(spool.start, Number.POSITIVE_INFINITY);
    ftruncateSync(fd, spool.#end.position);
    return spool;
  }

  get end(): SpoolCursor {
    return this.#end;
  }

  /** Throws when the disk does not take it; nothing of the pieces is then in the spool. */
  append(pieces: readonly LogPiece[]): void {
    const buffers = pieces.flatMap((piece) => encodeRecords(piece.stream, piece.text));
    const all = Buffer.concat(buffers);
    if (all.length === 0) return;
    this.#fd ??= openSync(this.#path, 'w+', PRIVATE_FILE_MODE);
    const { offset, position } = this.#end;
    for (let written = 0; written < all.length; )
      written += writeSync(this.#fd, all, written, all.length - written, position + written);
    const headers = (buffers.length / 2) * HEADER_BYTES;
    this.#end = { offset: offset + all.length - headers, position: position + all.length };
  }

  /** The records from `from` on, as many as one read holds. */
  read(from: SpoolCursor): SpoolRecord[] {
    const records: SpoolRecord[] = [];
    const size = this.#readBlock(from.position);
    let cursor = from;
    let at = 0;
    for (;;) {
      const length = recordLength(block, at, size);
      if (length === null || at + HEADER_BYTES + length > size) return records;
      const stream = STREAMS[block.readUInt8(at)] ?? 'system';
      const text = block.toString('utf8', at + HEADER_BYTES, at + HEADER_BYTES + length);
      at += HEADER_BYTES + length;
      cursor = { offset: cursor.offset + length, position: from.position + at };
      records.push({ piece: { stream, text }, bytes: length, next: cursor });
    }
  }

  /** The last place between records at or before `offset`, looking from `from` on. */
  seek(from: SpoolCursor, offset: number): SpoolCursor {
    let cursor = from;
    for (;;) {
      const size = this.#readBlock(cursor.position);
      let at = 0;
      for (;;) {
        const length = recordLength(block, at, size);
        if (length === null || at + HEADER_BYTES + length > size) break;
        if (cursor.offset + length > offset) return cursor;
        at += HEADER_BYTES + length;
        cursor = { offset: cursor.offset + length, position: cursor.position + HEADER_BYTES + length };
      }
      if (at === 0) return cursor;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  /** Nothing where the disk gives nothing: a damaged spool ends there, and must not end the agent. */
  #readBlock(position: number): number {
    if (this.#fd === null) return 0;
    try {
      return readSync(this.#fd, block, 0, READ_BYTES, position);
    } catch {
      return 0;
    }
  }
}
