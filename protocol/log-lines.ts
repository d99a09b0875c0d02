/**
 * What a line of output is, for everybody who counts or shows lines (LOG8). A line ends with a line break, where another stream
 * begins, or before the character that would make it longer than `MAX_LINE_BYTES`. That depends on the bytes and their streams
 * alone, never on how they were cut into frames, so a place in the log has the same line number everywhere.
 */
import type { LogPiece, LogStream } from './agent/to-server.ts';
import { utf8Length } from './utf8.ts';

/** Longer lines are shown in parts: one of megabytes could be neither drawn nor fetched by its number. */
export const MAX_LINE_BYTES = 16 * 1024;

/** Where a reader stands: lines that have begun before this place, and how many bytes of the last one, if it is still open. */
export type LineState = { lines: number; length: number; stream: LogStream | null };

export const LOG_START: LineState = Object.freeze({ lines: 0, length: 0, stream: null });

/** `newline` is false for a line that is cut, that another stream ended, or that is still open. */
export type LogLine = { offset: number; stream: LogStream; text: string; newline: boolean };

/** The longest beginning of a text that takes at most `room` bytes, in UTF-16 units. */
const fitting = (text: string, room: number): number => {
  let bytes = 0;
  for (let index = 0; index < text.length; ) {
    const code = text.codePointAt(index) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > room) return index;
    index += code < 0x10000 ? 1 : 2;
  }
  return text.length;
};

/** A part of one line: `bytes` of text, without the line break that follows if `newline`. */
export type Stretch = { stream: LogStream; text: string; bytes: number; begins: boolean; newline: boolean };

/** Cuts a piece into parts of lines, in order; answers where a reader then stands. */
export const eachStretch = (before: LineState, piece: LogPiece, take: (stretch: Stretch) => void): LineState => {
  const { stream } = piece;
  let { lines } = before;
  let isOpen = before.stream === stream;
  let length = isOpen ? before.length : 0;
  const put = (text: string, bytes: number, newline: boolean): void => {
    const begins = !isOpen;
    if (begins) lines++;
    length = begins ? bytes : length + bytes;
    take({ stream, text, bytes, begins, newline });
    isOpen = !newline;
  };
  let at = 0;
  while (at < piece.text.length) {
    const found = piece.text.indexOf('\n', at);
    const newline = found >= 0;
    let text = piece.text.slice(at, newline ? found : undefined);
    at = newline ? found + 1 : piece.text.length;
    let bytes = utf8Length(text);
    for (let held = isOpen ? length : 0; held + bytes > MAX_LINE_BYTES; held = 0) {
      const cut = fitting(text, MAX_LINE_BYTES - held);
      const part = text.slice(0, cut);
      const partBytes = utf8Length(part);
      if (cut > 0) put(part, partBytes, false);
      isOpen = false;
      text = text.slice(cut);
      bytes -= partBytes;
    }
    put(text, bytes, newline);
  }
  return isOpen ? { lines, length, stream } : { lines, length: 0, stream: null };
};

const ignore = (): void => {};

/** Where a reader stands after these pieces. */
export const afterPieces = (before: LineState, pieces: readonly LogPiece[]): LineState =>
  pieces.reduce((state, piece) => eachStretch(state, piece, ignore), before);

/**
 * Puts pieces together to lines. Begins anywhere: the rest of a line that began before is left out. The last line may still be
 * open; `open` has what is there of it, and it grows with what follows.
 */
export class LineAssembler {
  #state: LineState;
  #offset: number;
  #open: LogLine | null = null;
  readonly #take: (line: LogLine, number: number) => void;

  /** `take` gets every line that is over, with its number. */
  constructor(state: LineState, offset: number, take: (line: LogLine, number: number) => void) {
    this.#state = state;
    this.#offset = offset;
    this.#take = take;
  }

  get state(): LineState {
    return this.#state;
  }

  /** The byte that comes next. */
  get offset(): number {
    return this.#offset;
  }

  get open(): LogLine | null {
    return this.#open;
  }

  push(piece: LogPiece): void {
    if (this.#state.stream !== null && this.#state.stream !== piece.stream) this.#close();
    let number = this.#state.lines - 1;
    this.#state = eachStretch(this.#state, piece, ({ stream, text, bytes, begins, newline }) => {
      if (begins) {
        this.#close(number);
        number++;
        this.#open = { offset: this.#offset, stream, text, newline };
      } else if (this.#open !== null) this.#open = { ...this.#open, text: this.#open.text + text, newline };
      this.#offset += bytes + (newline ? 1 : 0);
      if (newline) this.#close(number);
    });
  }

  /** Goes on with a line of which all is known, as a page that was fetched has it. */
  resume(open: LogLine | null): void {
    this.#open = open;
  }

  #close(number = this.#state.lines - 1): void {
    const line = this.#open;
    this.#open = null;
    if (line !== null) this.#take(line, number);
  }
}
