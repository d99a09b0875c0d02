/**
 * One target's output as a page shows it. Opens with the last lines, whatever the size of the log, follows it live from there, and
 * fetches other lines when they are looked at. What it shows is brought up to date at most once a frame.
 */
import type { LogLine } from '#protocol/log-lines.ts';
import { shownText } from '#protocol/terminal-line.ts';
import { reconnectDelay } from '../live/backoff.ts';
import { scheduleTimeout } from '../live/schedule-timeout.ts';
import { LinePages, PAGE_LINES, type ShownLine } from './line-pages.ts';
import { LiveLines } from './live-lines.ts';
import type { LogApi } from './log-api.ts';
import { LogSearch } from './log-search.ts';
import { TailClient, type TailStatus, type TailTools } from './tail-client.ts';

/** Lines beyond both edges of the view that are fetched with it, so that scrolling meets them loaded. */
const MARGIN_LINES = 120;
/** Of a burst only the end is kept; who scrolls back fetches the rest. */
const MAX_BURST_LINES = 4 * PAGE_LINES;
/** Copying more would freeze the page and the program that it is pasted into. */
export const MAX_COPY_BYTES = 8 * 1024 * 1024;
/** A fetch that failed is tried again this often. */
const FETCH_AGAIN_MS = 2000;

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
  readonly search: LogSearch;
  readonly #api: LogApi;
  readonly #pages = new LinePages();
  /** Read by everything that shows lines; they themselves are too many to be reactive. */
  #version = $state(0);
  #status = $state<TailStatus>('connecting');
  #client: TailClient | null = null;
  #live: LiveLines | null = null;
  #endBytes = 0;
  #wanted = { start: 0, end: 0 };
  #isFetching = false;
  #frame: number | null = null;
  #failures = 0;
  #cancelRetry: () => void = () => {};
  #stopped = false;

  constructor(api: LogApi) {
    this.#api = api;
    this.search = new LogSearch({ ask: (query) => api.search(query), changed: () => this.#schedule() });
  }

  get version(): number {
    return this.#version;
  }

  get status(): TailStatus {
    return this.#status;
  }

  get lineCount(): number {
    void this.#version;
    return this.#pages.total;
  }

  get longestLine(): number {
    void this.#version;
    return this.#pages.longest;
  }

  get endBytes(): number {
    void this.#version;
    return this.#live?.end ?? this.#endBytes;
  }

  line(number: number): ShownLine | undefined {
    return this.#pages.line(number);
  }

  /** Rows that wrapped lines take besides their first. */
  extraRows(rowsOf: (line: ShownLine) => number): number {
    let extra = 0;
    this.#pages.forEach((line) => {
      extra += rowsOf(line) - 1;
    });
    return extra;
  }

  start(): void {
    void this.#open();
  }

  retryNow(): void {
    this.#client?.retryNow();
    if (this.#client === null && this.#status === 'interrupted') this.start();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry();
    this.#client?.stop();
    this.search.stop();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  /** These lines are looked at. */
  show(start: number, end: number): void {
    this.#wanted = { start, end };
    if (!this.#isFetching) void this.#fetchWanted();
  }

  /** Something that is not reactive has changed. */
  refresh(): void {
    this.#version++;
  }

  /** Null when it is too much for a clipboard. */
  async text(): Promise<string | null> {
    if (this.endBytes > MAX_COPY_BYTES) return null;
    const text = await this.#api.text();
    return text.split('\n').map(shownText).join('\n');
  }

  async #open(): Promise<void> {
    this.#cancelRetry();
    try {
      const last = await this.#api.lines({ tail: true, limit: PAGE_LINES });
      if (this.#stopped || this.#client !== null) return;
      this.#pages.total = last.total_lines;
      this.#pages.put(last.first_line, last.lines);
      this.#endBytes = last.end_offset;
      const open = last.lines.at(-1);
      if (last.complete) this.#status = 'ended';
      else this.#follow(last.total_lines, last.end_offset, open === undefined || open.newline ? null : open);
      this.#version++;
      void this.#fetchWanted();
    } catch {
      this.#status = 'interrupted';
      this.#cancelRetry = scheduleTimeout(() => this.start(), reconnectDelay(this.#failures++, Math.random()));
    }
  }

  #follow(lines: number, end: number, open: LogLine | null): void {
    if (this.#stopped) return;
    this.#live = new LiveLines(lines, end, open);
    this.#client = new TailClient(this.#api.tailPath, this.#live, browserTools, () => this.#schedule());
    this.#client.start();
  }

  async #fetchWanted(): Promise<void> {
    this.#isFetching = true;
    try {
      for (let missing = this.#missing(); missing !== null && !this.#stopped; missing = this.#missing()) {
        const page = await this.#api.lines(missing);
        if (page.lines.length === 0) break;
        this.#pages.put(page.first_line, page.lines);
        this.#pages.forgetFarFrom(this.#wanted.start);
        this.#schedule();
      }
    } catch {
      if (!this.#stopped) scheduleTimeout(() => this.show(this.#wanted.start, this.#wanted.end), FETCH_AGAIN_MS);
    } finally {
      this.#isFetching = false;
    }
  }

  #missing(): { from: number; limit: number } | null {
    const { start, end } = this.#wanted;
    // What is seen comes first.
    return this.#pages.missing(start, end) ?? this.#pages.missing(start - MARGIN_LINES, end + MARGIN_LINES);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#takeUp();
    });
  }

  #takeUp(): void {
    if (this.#live !== null && this.#client !== null) {
      const { first, lines } = this.#live.drain();
      const kept = lines.slice(-MAX_BURST_LINES);
      this.#pages.put(first + lines.length - kept.length, kept);
      this.#pages.forgetFarFrom(this.#wanted.start);
      this.#status = this.#client.status;
      this.search.goOn(this.#pages.total);
    }
    this.#version++;
  }
}
