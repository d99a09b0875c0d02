/**
 * Takes the field `file` out of a multipart form (RFC 7578) while the form streams: of the file, no more is in memory than one
 * chunk. `Request.formData()` would hold all of it. What is not a well-formed form with exactly one such field is rejected.
 */
import { Buffer } from 'node:buffer';
import { badForm } from './files.errors.ts';
import { RejectedUpload } from './rejected-upload.ts';

export type FormFile = {
  filename: string | null;
  contentType: string | null;
  content: AsyncGenerator<Uint8Array, void>;
};

/** Headers of one part; real ones have a few hundred bytes. */
const MAX_PART_HEADER_BYTES = 16 * 1024;

const EMPTY_LINE = Buffer.from('\r\n\r\n');

const reject = (detail: string): never => {
  throw new RejectedUpload(badForm(detail));
};

export const isForm = (contentType: string | null): boolean =>
  /^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType ?? '');

const boundaryOf = (contentType: string): string => {
  const match = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? reject('The form has no boundary.');
};

/** Bytes that arrived and were not taken yet. */
class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  // As if a line had ended before the form: the first boundary then looks like all others.
  #held: Buffer = Buffer.from('\r\n');

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  async #readMore(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) return reject('The form ends in the middle.');
    // A copy, as the source uses its buffer again.
    this.#held = Buffer.concat([this.#held, next.value]);
  }

  /** What comes before the delimiter, piece by piece; the delimiter is taken too. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer, void> {
    for (;;) {
      const index = this.#held.indexOf(delimiter);
      // Without a hit, the last bytes may still be the delimiter's beginning.
      const end = index >= 0 ? index : Math.max(0, this.#held.length - delimiter.length + 1);
      if (end > 0) yield this.#held.subarray(0, end);
      this.#held = this.#held.subarray(index >= 0 ? end + delimiter.length : end);
      if (index >= 0) return;
      await this.#readMore();
    }
  }

  async startsWith(text: string): Promise<boolean> {
    while (this.#held.length < text.length) await this.#readMore();
    return this.#held.subarray(0, text.length).equals(Buffer.from(text));
  }

  /** Reads to the end: a client that still sends would not read the answer. */
  async drain(): Promise<void> {
    while ((await this.#source.next()).done !== true);
  }
}

const skip = async (pieces: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of pieces);
};

const headerBlock = async (queue: ByteQueue): Promise<string> => {
  let block = Buffer.alloc(0);
  for await (const piece of queue.until(EMPTY_LINE)) {
    block = Buffer.concat([block, piece]);
    if (block.length > MAX_PART_HEADER_BYTES) reject('A part of the form has too long headers.');
  }
  return block.toString('utf8');
};

const header = (block: string, name: string): string | null =>
  new RegExp(`\\r\\n${name}[ \\t]*:[ \\t]*([^\\r\\n]*)`, 'i').exec(block)?.[1]?.trim() ?? null;

/** A quoted value, as browsers (`%22`) and others (`\"`) write a quote inside. */
const unquote = (value: string): string => value.replaceAll(/\\(["\\])/g, '$1').replaceAll('%22', '"');

/** One after the other, so that what looks like a parameter inside a quoted value is none. */
const parameters = (disposition: string): Map<string, string> => {
  const found = new Map<string, string>();
  for (const [, name = '', quoted, plain] of disposition.matchAll(
    /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))/g,
  ))
    found.set(name.toLowerCase(), unquote(quoted ?? plain ?? ''));
  return found;
};

type PartHeaders = { name: string | null; filename: string | null; contentType: string | null };

const readHeaders = async (queue: ByteQueue): Promise<PartHeaders> => {
  const block = await headerBlock(queue);
  if (!/^[ \t]*(?:\r\n|$)/.test(block)) reject('A boundary of the form is followed by something else.');
  const disposition = parameters(header(block, 'content-disposition') ?? '');
  return {
    name: disposition.get('name') ?? null,
    filename: disposition.get('filename') ?? null,
    contentType: header(block, 'content-type'),
  };
};

/** Null after the last part. The queue stands right behind a boundary. */
const nextPart = async (queue: ByteQueue): Promise<PartHeaders | null> =>
  (await queue.startsWith('--')) ? null : readHeaders(queue);

async function* fileContent(queue: ByteQueue, delimiter: Buffer): AsyncGenerator<Uint8Array, void> {
  yield* queue.until(delimiter);
  for (let part = await nextPart(queue); part !== null; part = await nextPart(queue)) {
    if (part.name === 'file') reject('The form has more than one field "file"; send one file a request.');
    await skip(queue.until(delimiter));
  }
  await queue.drain();
}

export const openFormFile = async (chunks: AsyncIterable<Uint8Array>, contentType: string): Promise<FormFile> => {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const queue = new ByteQueue(chunks);
  await skip(queue.until(delimiter));
  for (let part = await nextPart(queue); part !== null; part = await nextPart(queue)) {
    if (part.name === 'file')
      return { filename: part.filename, contentType: part.contentType, content: fileContent(queue, delimiter) };
    await skip(queue.until(delimiter));
  }
  return reject('The form has no field "file".');
};
