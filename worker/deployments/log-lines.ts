/** Lines of a target's output by number. Reads the parts that hold them and nothing else: one or two of a mebibyte. */

import type { LogLines, LogLinesQuery } from '#protocol/http/logs.ts';
import { LineAssembler, type LogLine } from '#protocol/log-lines.ts';
import { type Located, type LogSource, locateLine } from './log-parts.ts';

/** One answer's text, so that very long lines make fewer of them; a line always fits. */
const MAX_ANSWER_BYTES = 1024 * 1024;

type Range = { from: number; limit: number };

/** Negative: from the end. */
const rangeOf = ({ from, before, tail, limit }: LogLinesQuery): Range => {
  if (before !== undefined) return { from: Math.max(0, before - limit), limit: Math.min(limit, before) };
  return { from: tail === true ? -limit : (from ?? 0), limit };
};

class Page {
  readonly lines: LogLine[] = [];
  readonly #range: Range;
  #bytes = 0;

  constructor(range: Range) {
    this.#range = range;
  }

  get full(): boolean {
    return this.lines.length >= this.#range.limit || this.#bytes >= MAX_ANSWER_BYTES;
  }

  take(line: LogLine, number: number): void {
    if (number < this.#range.from || this.full) return;
    this.lines.push(line);
    this.#bytes += line.text.length;
  }
}

const collect = async ({ state, offset, runs }: Located, page: Page): Promise<void> => {
  const assembler = new LineAssembler(state, offset, (line, number) => page.take(line, number));
  for await (const run of runs) {
    for (const piece of run.pieces) {
      assembler.push(piece);
      if (page.full) return;
    }
  }
  if (assembler.open !== null) page.take(assembler.open, assembler.state.lines - 1);
};

export const readLines = async (source: LogSource, query: LogLinesQuery): Promise<LogLines> => {
  const { from, limit } = rangeOf(query);
  const located = await locateLine(source, from);
  const { extent } = located;
  const first_line = from < 0 ? Math.max(0, extent.total_lines + from) : Math.min(from, extent.total_lines);
  const page = new Page({ from: first_line, limit });
  if (limit > 0) await collect(located, page);
  return { first_line, lines: page.lines, ...extent };
};
