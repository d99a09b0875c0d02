/**
 * The lines that a view holds, by their number: those around what one looks at and those that come live, in pages, at most so
 * many. What is not here is fetched when it is looked at. Colors that a line leaves on hold for the next one of its stream.
 */
import type { LogStream } from '#protocol/agent/to-server.ts';
import type { LogLine } from '#protocol/log-lines.ts';
import { readStyled, type StyleRun } from './sgr.ts';
import { PLAIN, type Style } from './style.ts';

export interface ShownLine {
  readonly stream: LogStream;
  readonly text: string;
  readonly runs: readonly StyleRun[] | null;
  /** Goes on from the line above, which was too long for one. */
  readonly continued: boolean;
  readonly raw: LogLine;
  /** In force before and after it. */
  readonly before: Style;
  readonly after: Style;
}

/** One request's worth, several screens. */
export const PAGE_LINES = 500;

/** What a browser tab holds without strain. */
export interface PageLimits {
  pages: number;
  characters: number;
}
const LIMITS: PageLimits = { pages: 60, characters: 24 * 1024 * 1024 };

interface Page {
  lines: Map<number, ShownLine>;
  characters: number;
}

const sameStyle = (one: Style, other: Style): boolean =>
  one === other || (one !== PLAIN && other !== PLAIN && JSON.stringify(one) === JSON.stringify(other));

/** A line that was cut in the middle of an escape sequence: its next part begins with the rest. */
const tornEscape = ({ text, newline }: LogLine): string => {
  const at = newline ? -1 : text.lastIndexOf('\u001b', text.length);
  return at < 0 || text.length - at > 32 || !/^(?:\[[0-9;:?]*)?$/.test(text.slice(at + 1)) ? '' : text.slice(at);
};

export class LinePages {
  readonly #pages = new Map<number, Page>();
  readonly #limits: PageLimits;
  #characters = 0;
  /** Lines that there are, here or not. */
  total = 0;
  /** Characters of the longest line that was here. */
  longest = 0;

  constructor(limits: PageLimits = LIMITS) {
    this.#limits = limits;
  }

  get heldLines(): number {
    let held = 0;
    for (const page of this.#pages.values()) held += page.lines.size;
    return held;
  }

  line(number: number): ShownLine | undefined {
    return this.#pages.get(Math.floor(number / PAGE_LINES))?.lines.get(number);
  }

  /** Lines that follow each other. Those that are here already are replaced. */
  put(first: number, lines: readonly LogLine[]): void {
    for (const [index, line] of lines.entries())
      if (!this.#isOlder(first + index, line)) this.#set(first + index, line);
    this.#carryOn(first + lines.length);
    this.total = Math.max(this.total, first + lines.length);
  }

  /** What is not here of a range, as one range that begins with it; null when all is. */
  missing(start: number, end: number): { from: number; limit: number } | null {
    const last = Math.min(end, this.total);
    let from = Math.max(0, start);
    while (from < last && this.line(from) !== undefined) from++;
    if (from >= last) return null;
    let until = from + 1;
    // As much as one request brings, so that scrolling on does not ask for every few lines.
    while (until < this.total && until - from < PAGE_LINES && this.line(until) === undefined) until++;
    while (from > 0 && until - from < PAGE_LINES && this.line(from - 1) === undefined) from--;
    return { from, limit: until - from };
  }

  /** Lines of long texts are taller: walks all that are here. */
  forEach(visit: (line: ShownLine) => void): void {
    for (const page of this.#pages.values()) for (const line of page.lines.values()) visit(line);
  }

  /** Lets go of pages far from a line until the rest is within the limits. Cheap when nothing has to go. */
  forgetFarFrom(line: number): void {
    const { pages, characters } = this.#limits;
    if (this.#pages.size <= pages && this.#characters <= characters) return;
    const center = Math.floor(line / PAGE_LINES);
    const byDistance = [...this.#pages.keys()].sort((a, b) => Math.abs(b - center) - Math.abs(a - center));
    for (const number of byDistance) {
      if (this.#pages.size <= pages && this.#characters <= characters) return;
      if (Math.abs(number - center) <= 1) return;
      this.#characters -= this.#pages.get(number)?.characters ?? 0;
      this.#pages.delete(number);
    }
  }

  /** A page that was asked for before the line grew. */
  #isOlder(number: number, line: LogLine): boolean {
    const known = this.line(number)?.raw;
    return known !== undefined && (known.newline || known.text.length > line.text.length);
  }

  #pageOf(number: number): Page {
    const key = Math.floor(number / PAGE_LINES);
    const page = this.#pages.get(key) ?? { lines: new Map<number, ShownLine>(), characters: 0 };
    this.#pages.set(key, page);
    return page;
  }

  #set(number: number, raw: LogLine): void {
    const above = this.line(number - 1);
    const follows = above !== undefined && above.stream === raw.stream && !above.raw.newline;
    const before = this.#styleBefore(number, raw.stream);
    const { text, runs, style: after } = readStyled(follows ? tornEscape(above.raw) + raw.text : raw.text, before);
    const page = this.#pageOf(number);
    const grown = text.length - (page.lines.get(number)?.text.length ?? 0);
    page.characters += grown;
    this.#characters += grown;
    this.longest = Math.max(this.longest, text.length);
    page.lines.set(number, { stream: raw.stream, text, runs, continued: follows, raw, before, after });
  }

  /** The last line of this stream just above; a few lines of another one may lie between. */
  #styleBefore(number: number, stream: LogStream): Style {
    for (let at = number - 1; at >= 0 && number - at <= 20; at--) {
      const above = this.line(at);
      if (above === undefined) return PLAIN;
      if (above.stream === stream) return above.after;
    }
    return PLAIN;
  }

  /** Lines that were here before those above them may have begun with the wrong colors. */
  #carryOn(from: number): void {
    for (let number = from; ; number++) {
      const line = this.line(number);
      if (line === undefined || sameStyle(line.before, this.#styleBefore(number, line.stream))) return;
      this.#set(number, line.raw);
    }
  }
}
