/**
 * Which rows on the screen belong to which line. Wrapped, a line takes one row for every `columns` characters; every row has the
 * same height, so a scroll position is a division. Adding lines costs O(new), a new width O(all) with one division a line.
 */
import type { LogLine } from './line-buffer.ts';

export interface Row {
  line: number;
  from: number;
  to: number;
}

export class RowIndex {
  /** `#starts[i]` is the first row of line `i`; the last entry is the count of rows. */
  #starts: number[] = [0];
  #columns: number | null;
  #longest = 0;

  /** `columns` null: lines are not wrapped. */
  constructor(columns: number | null) {
    this.#columns = columns === null ? null : Math.max(1, Math.floor(columns));
  }

  get rowCount(): number {
    return this.#starts.at(-1) ?? 0;
  }

  /** In characters; a line that has gone may have been it. */
  get longestLine(): number {
    return this.#longest;
  }

  get columns(): number | null {
    return this.#columns;
  }

  /** Takes up lines from `firstChanged` on; those before are as they were. */
  update(lines: readonly LogLine[], firstChanged: number): void {
    const from = Math.min(firstChanged, this.#starts.length - 1);
    this.#starts.length = from + 1;
    let next = this.#starts[from] ?? 0;
    for (let index = from; index < lines.length; index++) {
      const length = lines[index]?.text.length ?? 0;
      this.#longest = Math.max(this.#longest, length);
      next += this.#rowsOf(length);
      this.#starts.push(next);
    }
  }

  firstRowOf(line: number): number {
    return this.#starts[Math.min(line, this.#starts.length - 1)] ?? 0;
  }

  /** The row that holds the character `at` of a line. */
  rowOf(line: number, at: number): number {
    const offset = this.#columns === null ? 0 : Math.floor(at / this.#columns);
    return this.firstRowOf(line) + offset;
  }

  rows(lines: readonly LogLine[], start: number, end: number): Row[] {
    const rows: Row[] = [];
    let line = this.#lineOf(start);
    for (let row = start; row < Math.min(end, this.rowCount); row++) {
      while (line + 1 < this.#starts.length && (this.#starts[line + 1] ?? 0) <= row) line++;
      rows.push(this.#slice(lines[line]?.text ?? '', line, row - this.firstRowOf(line)));
    }
    return rows;
  }

  #rowsOf(length: number): number {
    return this.#columns === null ? 1 : Math.max(1, Math.ceil(length / this.#columns));
  }

  #slice(text: string, line: number, part: number): Row {
    if (this.#columns === null) return { line, from: 0, to: text.length };
    return { line, from: boundary(text, part * this.#columns), to: boundary(text, (part + 1) * this.#columns) };
  }

  #lineOf(row: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Moves a cut that would fall between the halves of a character before it. */
const boundary = (text: string, at: number): number => {
  if (at >= text.length) return text.length;
  const before = at === 0 ? 0 : text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff ? at - 1 : at;
};
