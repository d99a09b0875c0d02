/**
 * Output as it comes, put together to lines. Goes on exactly where a fetched page ended. A frame seen before changes nothing, one
 * that overlaps adds only what is new, and one that leaves a gap is not taken: the caller reads again from `end`.
 */
import type { LogStream } from '#protocol/agent/to-server.ts';
import { LineAssembler, type LogLine } from '#protocol/log-lines.ts';
import { utf8Length } from '#protocol/utf8.ts';

export interface LogFrame {
  stream: LogStream;
  offset: number;
  text: string;
}

export type Taken = 'taken' | 'known' | 'gap';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class LiveLines {
  readonly #assembler: LineAssembler;
  #first: number;
  #lines: LogLine[] = [];

  /** `open` is the last of the lines so far if it may still grow. */
  constructor(lines: number, end: number, open: LogLine | null) {
    const state =
      open === null
        ? { lines, length: 0, stream: null }
        : { lines, length: utf8Length(open.text), stream: open.stream };
    this.#first = open === null ? lines : lines - 1;
    this.#assembler = new LineAssembler(state, end, (line) => this.#lines.push(line));
    this.#assembler.resume(open);
  }

  /** The byte that comes next. */
  get end(): number {
    return this.#assembler.offset;
  }

  take({ stream, offset, text }: LogFrame): Taken {
    if (offset > this.end) return 'gap';
    const known = this.end - offset;
    if (known === 0) this.#assembler.push({ stream, text });
    else {
      const bytes = encoder.encode(text);
      if (known >= bytes.length) return 'known';
      this.#assembler.push({ stream, text: decoder.decode(bytes.subarray(known)) });
    }
    return 'taken';
  }

  /** What is new since the last call; the last line is there again for as long as it grows. */
  drain(): { first: number; lines: LogLine[] } {
    const { open } = this.#assembler;
    const first = this.#first;
    const lines = open === null ? this.#lines : [...this.#lines, open];
    this.#first += this.#lines.length;
    this.#lines = [];
    return { first, lines };
  }
}
