/**
 * The lines of one target's output, built from frames that say at which byte they begin. A frame seen before changes nothing,
 * one that overlaps adds only what is new, and one that leaves a gap is not taken: the caller reads again from `end`.
 * Adding costs time in proportion to what is added, never to what is there.
 */
import type { LogStream } from '#protocol/agent/to-server.ts';
import { readStyled, type StyleRun } from './sgr.ts';
import { PLAIN, type Style } from './style.ts';

export interface LogLine {
  readonly stream: LogStream;
  readonly text: string;
  readonly runs: readonly StyleRun[] | null;
  /** Goes on from the line above: output without a line break is cut into pieces that a browser can draw. */
  readonly continued: boolean;
}

export interface LogFrame {
  stream: LogStream;
  offset: number;
  text: string;
}

export type Taken = 'taken' | 'known' | 'gap';

/** A longer line is shown in pieces: drawing one line of megabytes would stop the page. */
export const MAX_LINE_CHARACTERS = 8192;

/** What a browser tab holds without strain; older lines leave the view and stay in the download. */
export interface BufferLimits {
  lines: number;
  characters: number;
}
const LIMITS: BufferLimits = { lines: 500_000, characters: 64 * 1024 * 1024 };

/** An escape sequence of sensible length may stand across a cut; look this far back for its start. */
const ESCAPE_LOOK_BACK = 32;

interface OpenLine {
  stream: LogStream;
  raw: string;
  style: Style;
  continued: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const splitsPair = (text: string, at: number): boolean => {
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff;
};

/** Where a line that is too long is cut: not inside a character, nor inside an escape sequence that has begun. */
const cutOf = (raw: string): number => {
  const begun = raw.lastIndexOf('\u001b', MAX_LINE_CHARACTERS - 1);
  if (begun > MAX_LINE_CHARACTERS - ESCAPE_LOOK_BACK) return begun;
  return splitsPair(raw, MAX_LINE_CHARACTERS) ? MAX_LINE_CHARACTERS - 1 : MAX_LINE_CHARACTERS;
};

/** A progress bar rewrites its line again and again; only its last state is kept, and the style that holds there. */
const withoutRewritten = (open: OpenLine): void => {
  const returned = open.raw.replace(/\r+$/, '').lastIndexOf('\r');
  if (returned < 0) return;
  open.style = readStyled(open.raw.slice(0, returned), open.style).style;
  open.raw = open.raw.slice(returned + 1);
};

export class LineBuffer {
  #lines: LogLine[] = [];
  #end = 0;
  #characters = 0;
  #droppedLines = 0;
  #open: OpenLine | null = null;
  #styles = new Map<LogStream, Style>();
  readonly #limits: BufferLimits;

  constructor(limits: BufferLimits = LIMITS) {
    this.#limits = limits;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** The byte that comes next. */
  get end(): number {
    return this.#end;
  }

  /** Lines that had to leave because there were too many. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  take(frame: LogFrame): Taken {
    if (frame.offset > this.#end) return 'gap';
    const bytes = encoder.encode(frame.text);
    const known = this.#end - frame.offset;
    if (known >= bytes.length) return 'known';
    this.#add(frame.stream, known === 0 ? frame.text : decoder.decode(bytes.subarray(known)));
    this.#end = frame.offset + bytes.length;
    this.#forget();
    return 'taken';
  }

  #add(stream: LogStream, text: string): void {
    if (this.#open !== null && this.#open.stream !== stream) this.#close();
    const pieces = text.split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      this.#extend(stream, piece);
      this.#close();
    }
    if (rest !== '') this.#extend(stream, rest);
  }

  #extend(stream: LogStream, piece: string): void {
    const open = this.#open ?? this.#begin(stream, false);
    open.raw += piece;
    withoutRewritten(open);
    while (open.raw.length > MAX_LINE_CHARACTERS) {
      const cut = cutOf(open.raw);
      const rest = open.raw.slice(cut);
      open.raw = open.raw.slice(0, cut);
      this.#draw(open);
      open.style = this.#styles.get(stream) ?? PLAIN;
      open.raw = rest;
      open.continued = true;
      this.#lines.push({ stream, text: '', runs: null, continued: true });
    }
    this.#draw(open);
  }

  #begin(stream: LogStream, continued: boolean): OpenLine {
    const open = { stream, raw: '', style: this.#styles.get(stream) ?? PLAIN, continued };
    this.#open = open;
    this.#lines.push({ stream, text: '', runs: null, continued });
    return open;
  }

  /** Replaces the last line with what the open one says so far. */
  #draw(open: OpenLine): void {
    const { text, runs, style } = readStyled(open.raw, open.style);
    const last = this.#lines.length - 1;
    this.#characters += text.length - (this.#lines[last]?.text.length ?? 0);
    this.#lines[last] = { stream: open.stream, text, runs, continued: open.continued };
    this.#styles.set(open.stream, style);
  }

  #close(): void {
    this.#open = null;
  }

  /** Drops a tenth at once, so that a full buffer does not shift its lines for every frame. */
  #forget(): void {
    const { lines, characters } = this.#limits;
    if (this.#lines.length <= lines && this.#characters <= characters) return;
    let drop = 0;
    let left = this.#characters;
    while (drop < this.#lines.length - 1 && (this.#lines.length - drop > lines * 0.9 || left > characters * 0.9)) {
      left -= this.#lines[drop]?.text.length ?? 0;
      drop++;
    }
    this.#lines.splice(0, drop);
    this.#characters = left;
    this.#droppedLines += drop;
  }
}

/** What one copies: the text as it is shown, lines that were cut joined again. */
export const plainText = (lines: readonly LogLine[]): string => {
  const pieces: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (index > 0 && !line.continued) pieces.push('\n');
    pieces.push(line.text);
  }
  return pieces.join('');
};
