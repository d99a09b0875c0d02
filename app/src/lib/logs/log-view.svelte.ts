/** One target's output as a page shows it: lines, rows and matches, brought up to date at most once a frame. */

import { scheduleTimeout } from '../live/schedule-timeout.ts';
import { findMatches, firstMatchFrom, MAX_MATCHES, type Match, matcherOf, matchesOfLine } from './find-matches.ts';
import { LineBuffer, type LogLine, plainText } from './line-buffer.ts';
import { type Row, RowIndex } from './row-index.ts';
import { TailClient, type TailStatus, type TailTools } from './tail-client.ts';

const browserTools: TailTools = {
  openSocket: (path, handlers) => {
    const socket = new WebSocket(path);
    socket.onopen = handlers.open;
    socket.onmessage = (message) => handlers.message(message.data);
    socket.onclose = handlers.close;
    return socket;
  },
  random: () => Math.random(),
  schedule: scheduleTimeout,
};

export class LogView {
  readonly #buffer = new LineBuffer();
  readonly #client: TailClient;
  /** Read by everything that shows lines; they themselves are too many to be reactive. */
  #version = $state(0);
  #status = $state<TailStatus>('connecting');
  #rows = new RowIndex(null);
  #knownLines = 0;
  #knownDropped = 0;
  #frame: number | null = null;
  #query = $state('');
  #matcher: RegExp | null = null;
  #matches: Match[] = [];
  #current = $state<number | null>(null);

  constructor(deploymentId: string, targetId: string) {
    const path = `/api/deployments/${deploymentId}/targets/${targetId}/tail`;
    this.#client = new TailClient(path, this.#buffer, browserTools, () => this.#schedule());
  }

  start(): void {
    this.#client.start();
  }

  retryNow(): void {
    this.#client.retryNow();
  }

  stop(): void {
    this.#client.stop();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  get version(): number {
    return this.#version;
  }

  get status(): TailStatus {
    return this.#status;
  }

  get rowCount(): number {
    void this.#version;
    return this.#rows.rowCount;
  }

  get lineCount(): number {
    void this.#version;
    return this.#buffer.lines.length;
  }

  get droppedLines(): number {
    void this.#version;
    return this.#buffer.droppedLines;
  }

  get longestLine(): number {
    void this.#version;
    return this.#rows.longestLine;
  }

  get query(): string {
    return this.#query;
  }

  get matchCount(): number {
    void this.#version;
    return this.#matches.length;
  }

  /** Which match one stands on, from 0. */
  get currentIndex(): number | null {
    return this.#current;
  }

  get currentMatch(): Match | null {
    void this.#version;
    return this.#current === null ? null : (this.#matches[this.#current] ?? null);
  }

  rows(start: number, end: number): Row[] {
    void this.#version;
    return this.#rows.rows(this.#buffer.lines, start, end);
  }

  line(index: number): LogLine | undefined {
    return this.#buffer.lines[index];
  }

  matchesOf(line: number): Match[] {
    return this.#matches.length === 0 ? [] : matchesOfLine(this.#matches, line);
  }

  rowOfMatch(match: Match): number {
    return this.#rows.rowOf(match.line, match.from);
  }

  text(): string {
    return plainText(this.#buffer.lines);
  }

  /** Null: lines are not wrapped. */
  wrapAt(columns: number | null): void {
    if (columns === this.#rows.columns) return;
    this.#rows = new RowIndex(columns);
    this.#rows.update(this.#buffer.lines, 0);
    this.#version++;
  }

  /** Searches anew; one then stands on the first match at or after a row. */
  search(query: string, fromRow: number): void {
    this.#query = query;
    this.#matcher = matcherOf(query);
    this.#matches = this.#matcher === null ? [] : findMatches(this.#buffer.lines, this.#matcher, 0);
    const line = this.#rows.rows(this.#buffer.lines, fromRow, fromRow + 1)[0]?.line ?? 0;
    const first = firstMatchFrom(this.#matches, line);
    this.#current = this.#matches.length === 0 ? null : first % this.#matches.length;
    this.#version++;
  }

  step(by: 1 | -1): void {
    const count = this.#matches.length;
    if (count > 0) this.#current = ((this.#current ?? 0) + by + count) % count;
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#takeUp();
    });
  }

  #takeUp(): void {
    const { lines, droppedLines } = this.#buffer;
    const shifted = droppedLines !== this.#knownDropped;
    // The last known line may have grown.
    const firstChanged = shifted ? 0 : Math.max(0, this.#knownLines - 1);
    this.#rows.update(lines, firstChanged);
    this.#extendMatches(firstChanged);
    this.#knownLines = lines.length;
    this.#knownDropped = droppedLines;
    this.#status = this.#client.status;
    this.#version++;
  }

  #extendMatches(firstChanged: number): void {
    if (this.#matcher === null) return;
    const kept = this.#matches.slice(0, firstMatchFrom(this.#matches, firstChanged));
    this.#matches = [
      ...kept,
      ...findMatches(this.#buffer.lines, this.#matcher, firstChanged, MAX_MATCHES - kept.length),
    ];
    if (this.#current === null && this.#matches.length > 0) this.#current = 0;
    if (this.#current !== null && this.#current >= this.#matches.length) this.#current = null;
  }
}
