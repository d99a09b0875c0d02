/**
 * Search in a target's output, for plain text in what lines show. One request reads a bounded part of the log and says where the
 * next one goes on, so that a search in gigabytes is many short requests, each of which brings what it found.
 */
import type { LogMatch, LogSearch, LogSearchQuery } from '#protocol/http/logs.ts';
import { LineAssembler, type LogLine } from '#protocol/log-lines.ts';
import { matcherOf, rangesIn } from '#protocol/log-matcher.ts';
import { shownText } from '#protocol/terminal-line.ts';
import { type LogSource, locateLine } from './log-parts.ts';

/** Some hundred milliseconds of work, most of it reading eight segments. */
const MAX_SEARCHED_BYTES = 8 * 1024 * 1024;
/** A line of nothing but matches is marked up to here. */
const MAX_RANGES = 100;
/** Enough to tell what a line is about. */
const MAX_TEXT = 1000;
/** What is shown before the first match of a long line. */
const TEXT_BEFORE = 200;

const matchOf = (line: LogLine, number: number, matcher: RegExp): LogMatch | null => {
  const shown = shownText(line.text);
  const ranges = rangesIn(shown, matcher, MAX_RANGES);
  const [first] = ranges;
  if (first === undefined) return null;
  const text_from = shown.length <= MAX_TEXT ? 0 : Math.max(0, first[0] - TEXT_BEFORE);
  return { line: number, offset: line.offset, text: shown.slice(text_from, text_from + MAX_TEXT), text_from, ranges };
};

class Search {
  readonly matches: LogMatch[] = [];
  readonly #matcher: RegExp;
  readonly #query: LogSearchQuery;
  /** The line after the last one that was looked at. */
  next: number;

  constructor(query: LogSearchQuery) {
    this.#query = query;
    this.#matcher = matcherOf(query.q, query.case_sensitive);
    this.next = query.from_line;
  }

  get full(): boolean {
    return this.matches.length >= this.#query.limit;
  }

  look(line: LogLine, number: number): void {
    if (number < this.#query.from_line || this.full) return;
    this.next = number + 1;
    const match = matchOf(line, number, this.#matcher);
    if (match !== null) this.matches.push(match);
  }
}

export const searchLog = async (source: LogSource, query: LogSearchQuery): Promise<LogSearch> => {
  const search = new Search(query);
  const { extent, state, offset, runs } = await locateLine(source, query.from_line);
  const { total_lines, complete } = extent;
  const assembler = new LineAssembler(state, offset, (line, number) => search.look(line, number));
  const part = (): LogSearch => ({
    matches: search.matches,
    next_line: search.next < total_lines ? search.next : null,
    total_lines,
    complete,
  });
  if (query.from_line >= total_lines) return part();
  for await (const run of runs) {
    for (const piece of run.pieces) {
      assembler.push(piece);
      if (search.full) return part();
    }
    if (assembler.offset - offset >= MAX_SEARCHED_BYTES && search.next > query.from_line) return part();
  }
  if (assembler.open !== null) search.look(assembler.open, assembler.state.lines - 1);
  return part();
};
