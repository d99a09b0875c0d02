/**
 * Reads one line of terminal output: SGR escapes become style runs, every other escape and control character goes away.
 * A hand-written scanner, so that hostile input costs time in proportion to its length and nothing more.
 */
import { applySgr, PLAIN, type Style } from './style.ts';

/** `style` holds for the text from the end of the run before up to `end`. */
export interface StyleRun {
  end: number;
  style: Style;
}

export interface StyledText {
  text: string;
  /** Null when the whole text is plain. */
  runs: readonly StyleRun[] | null;
  /** What is in force after the last character; the next line goes on from here. */
  style: Style;
}

const ESC = 0x1b;
const CSI = 0x9b;
const TAB = 0x09;
const RETURN = 0x0d;
const BELL = 0x07;
const STRING_END = 0x9c;

/** A line that changes color more often is noise; the rest of it keeps the last one, and the page stays quick. */
const MAX_RUNS = 400;

const isControl = (code: number) => (code < 0x20 && code !== TAB) || (code >= 0x7f && code <= 0x9f);
/** Characters that turn the direction of text: output could otherwise show something else than it says. */
const turnsDirection = (code: number) => (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
const needsCare = (code: number) => isControl(code) || turnsDirection(code);

const firstSpecial = (raw: string, from: number): number => {
  let index = from;
  while (index < raw.length && !needsCare(raw.charCodeAt(index))) index++;
  return index;
};

/** Where the control sequence whose parameters start at `from` ends, and its SGR parameters if it is one. */
const readControlSequence = (raw: string, from: number): { next: number; sgr: string | null } => {
  let index = from;
  while (index < raw.length) {
    const code = raw.charCodeAt(index);
    if (code >= 0x40 && code <= 0x7e) {
      const isSgr = raw.charAt(index) === 'm';
      return { next: index + 1, sgr: isSgr ? raw.slice(from, index) : null };
    }
    // Not a part of any sequence: it was cut short, and what follows is text again.
    if (code < 0x20 || code > 0x7e) return { next: index, sgr: null };
    index++;
  }
  return { next: index, sgr: null };
};

/** Operating-system commands and their kin run up to BEL or ST; without an end the line's rest belongs to them. */
const skipString = (raw: string, from: number): number => {
  for (let index = from; index < raw.length; index++) {
    const code = raw.charCodeAt(index);
    if (code === BELL || code === STRING_END) return index + 1;
    if (code === ESC) return raw.charAt(index + 1) === '\\' ? index + 2 : index;
  }
  return raw.length;
};

const readEscape = (raw: string, at: number): { next: number; sgr: string | null } => {
  if (raw.charCodeAt(at) === CSI) return readControlSequence(raw, at + 1);
  const kind = raw.charAt(at + 1);
  if (kind === '[') return readControlSequence(raw, at + 2);
  if (kind !== '' && ']PX^_'.includes(kind)) return { next: skipString(raw, at + 2), sgr: null };
  let index = at + 1;
  while (index < raw.length && raw.charCodeAt(index) >= 0x20 && raw.charCodeAt(index) <= 0x2f) index++;
  const final = raw.charCodeAt(index);
  return { next: final >= 0x30 && final <= 0x7e ? index + 1 : index, sgr: null };
};

class Writer {
  text = '';
  style: Style;
  #runs: StyleRun[] = [];
  #returned = false;

  constructor(style: Style) {
    this.style = style;
  }

  write(piece: string): void {
    if (piece === '') return;
    // A carriage return goes back to the start: what follows replaces the line, as in a progress bar.
    if (this.#returned) {
      this.text = '';
      this.#runs = [];
      this.#returned = false;
    }
    this.text += piece;
    const last = this.#runs.at(-1);
    if (last !== undefined && (last.style === this.style || this.#runs.length >= MAX_RUNS)) last.end = this.text.length;
    else this.#runs.push({ end: this.text.length, style: this.style });
  }

  carriageReturn(): void {
    this.#returned = true;
  }

  finish(): StyledText {
    const plain = this.#runs.every((run) => run.style === PLAIN);
    return { text: this.text, runs: plain ? null : this.#runs, style: this.style };
  }
}

export const readStyled = (raw: string, style: Style): StyledText => {
  const writer = new Writer(style);
  let index = 0;
  while (index < raw.length) {
    const special = firstSpecial(raw, index);
    writer.write(raw.slice(index, special));
    index = special;
    if (index >= raw.length) break;
    const code = raw.charCodeAt(index);
    if (code === ESC || code === CSI) {
      const { next, sgr } = readEscape(raw, index);
      if (sgr !== null) writer.style = applySgr(writer.style, sgr);
      index = next;
      continue;
    }
    if (turnsDirection(code)) writer.write('\ufffd');
    else if (code === RETURN) writer.carriageReturn();
    index++;
  }
  return writer.finish();
};
