/**
 * A search in the whole log, on the server, a part at a time from the first line to the last. What is found so far can be stepped
 * through while the rest is searched; output that comes later is searched as well.
 */
import type { LogSearch as Answer, LogMatch } from '#protocol/http/logs.ts';

export interface Match {
  line: number;
  from: number;
  to: number;
}

export interface SearchTools {
  ask: (query: { q: string; case_sensitive: boolean; from_line: number; limit: number }) => Promise<Answer>;
  changed: () => void;
}

/** Nobody steps through more, and a search for "e" must not fill the memory. */
export const MAX_MATCHES = 10_000;
const LINES_A_REQUEST = 500;

export type SearchStatus = 'idle' | 'searching' | 'done' | 'too_many' | 'failed';

/** Index of the first match at or after a line. */
export const firstMatchFrom = (matches: readonly Match[], line: number): number => {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((matches[middle]?.line ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
};

const matchesOf = ({ line, ranges }: LogMatch): Match[] => ranges.map(([from, to]) => ({ line, from, to }));

export class LogSearch {
  readonly #tools: SearchTools;
  /** Counts searches, so that a late answer to an abandoned one is not heard. */
  #generation = 0;
  #next = 0;
  query = '';
  caseSensitive = false;
  status: SearchStatus = 'idle';
  matches: Match[] = [];
  /** Which match one stands on. */
  current: number | null = null;

  constructor(tools: SearchTools) {
    this.#tools = tools;
  }

  /** One then stands on the first match at or after `line`, or else on the first. */
  start(query: string, caseSensitive: boolean, line: number): void {
    this.#generation++;
    this.query = query;
    this.caseSensitive = caseSensitive;
    this.matches = [];
    this.current = null;
    this.#next = 0;
    this.status = query === '' ? 'idle' : 'searching';
    this.#tools.changed();
    if (query !== '') void this.#run(this.#generation, line);
  }

  stop(): void {
    this.#generation++;
  }

  /** More output has come. */
  goOn(totalLines: number): void {
    if (this.status !== 'done' || this.#next >= totalLines) return;
    this.status = 'searching';
    void this.#run(this.#generation, null);
  }

  step(by: 1 | -1): void {
    const count = this.matches.length;
    if (count > 0) this.current = this.current === null ? 0 : (this.current + by + count) % count;
  }

  async #run(generation: number, standAt: number | null): Promise<void> {
    let wanted = standAt;
    while (this.status === 'searching') {
      const answer = await this.#ask().catch(() => null);
      if (generation !== this.#generation) return;
      if (answer === null) this.status = 'failed';
      else {
        this.#take(answer);
        if (wanted !== null && this.#standAt(wanted)) wanted = null;
      }
      this.#tools.changed();
    }
  }

  #ask(): Promise<Answer> {
    const { query: q, caseSensitive: case_sensitive } = this;
    return this.#tools.ask({ q, case_sensitive, from_line: this.#next, limit: LINES_A_REQUEST });
  }

  #take({ matches, next_line, total_lines }: Answer): void {
    this.matches.push(...matches.flatMap(matchesOf));
    this.#next = next_line ?? total_lines;
    if (next_line === null) this.status = 'done';
    else if (this.matches.length >= MAX_MATCHES) this.status = 'too_many';
  }

  /** Waits with the first match above for as long as there may be one below. */
  #standAt(line: number): boolean {
    const below = firstMatchFrom(this.matches, line);
    if (below < this.matches.length) this.current = below;
    else if (this.status !== 'searching' && this.matches.length > 0) this.current = 0;
    return this.current !== null;
  }
}
