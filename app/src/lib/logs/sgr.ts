/** Reads one line of terminal output: SGR escapes become style runs, every other escape and control character goes away. */
import { readTerminalLine } from '#protocol/terminal-line.ts';
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

/** A line that changes color more often is noise; the rest of it keeps the last one, and the page stays quick. */
const MAX_RUNS = 400;

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
  readTerminalLine(raw, {
    text: (piece) => writer.write(piece),
    style: (parameters) => {
      writer.style = applySgr(writer.style, parameters);
    },
    carriageReturn: () => writer.carriageReturn(),
  });
  return writer.finish();
};
