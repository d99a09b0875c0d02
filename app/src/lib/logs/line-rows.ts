/** How many rows of the screen a line takes: one, or wrapped one for every `columns` characters. All rows are of one height. */
import type { ShownLine } from './line-pages.ts';

export interface Row {
  line: number;
  /** Which of the line's rows, from 0. */
  part: number;
  from: number;
  to: number;
}

export const rowsOf = (line: ShownLine | undefined, columns: number | null): number =>
  line === undefined || columns === null ? 1 : Math.max(1, Math.ceil(line.text.length / columns));

/** Moves a cut that would fall between the halves of a character before it. */
const boundary = (text: string, at: number): number => {
  if (at >= text.length) return text.length;
  const before = at === 0 ? 0 : text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff ? at - 1 : at;
};

export const rowOf = (text: string, line: number, part: number, columns: number | null): Row =>
  columns === null
    ? { line, part, from: 0, to: text.length }
    : { line, part, from: boundary(text, part * columns), to: boundary(text, (part + 1) * columns) };
