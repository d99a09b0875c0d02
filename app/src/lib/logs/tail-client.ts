/**
 * Reads one target's output as it comes, over a WebSocket that may break at any time: every connection asks for what follows the
 * last byte that is here, and what takes the output refuses what does not fit, so nothing is doubled and nothing is left out.
 */
import { TailEvent } from '#protocol/live/events.ts';
import { reconnectDelay } from '../live/backoff.ts';
import type { LogFrame, Taken } from './live-lines.ts';

export type TailStatus = 'connecting' | 'live' | 'interrupted' | 'ended';

/** What takes the output: it says where it ends, and refuses what does not fit. */
export interface TailBuffer {
  readonly end: number;
  take: (frame: LogFrame) => Taken;
}

export interface TailSocketHandlers {
  open: () => void;
  message: (data: unknown) => void;
  close: () => void;
}

export interface TailTools {
  openSocket: (path: string, handlers: TailSocketHandlers) => { close: () => void };
  random: () => number;
  /** Runs `work` later; the answer cancels it. */
  schedule: (work: () => void, delayMs: number) => () => void;
}

/** Opening takes less than a second; a network that swallows packets would otherwise hold us for minutes. */
const OPEN_TIMEOUT_MS = 10_000;

const readEvent = (data: unknown): TailEvent | null => {
  if (typeof data !== 'string') return null;
  try {
    return TailEvent.safeParse(JSON.parse(data)).data ?? null;
  } catch {
    return null;
  }
};

export class TailClient {
  readonly #path: string;
  readonly #buffer: TailBuffer;
  readonly #tools: TailTools;
  readonly #changed: () => void;
  #status: TailStatus = 'connecting';
  #socket: { close: () => void } | null = null;
  #cancelTimer: () => void = () => {};
  /** Counts sockets, so that a late word of an abandoned one is not heard. */
  #generation = 0;
  #failures = 0;
  #stopped = false;

  constructor(path: string, buffer: TailBuffer, tools: TailTools, changed: () => void) {
    this.#path = path;
    this.#buffer = buffer;
    this.#tools = tools;
    this.#changed = changed;
  }

  get status(): TailStatus {
    return this.#status;
  }

  start(): void {
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  /** Tries at once: the server is known to be back. */
  retryNow(): void {
    if (this.#stopped || this.#status !== 'interrupted') return;
    this.#failures = 0;
    this.#open();
  }

  #open(): void {
    this.#drop();
    const generation = this.#generation;
    const current = (work: () => void): void => {
      if (generation === this.#generation) work();
    };
    this.#socket = this.#tools.openSocket(`${this.#path}?offset=${this.#buffer.end}`, {
      open: () => current(() => this.#onOpen()),
      message: (data) => current(() => this.#onMessage(data)),
      close: () => current(() => this.#retry()),
    });
    this.#cancelTimer = this.#tools.schedule(() => this.#retry(), OPEN_TIMEOUT_MS);
  }

  #onOpen(): void {
    this.#cancelTimer();
    this.#setStatus('live');
  }

  #onMessage(data: unknown): void {
    const event = readEvent(data);
    if (event === null) return;
    if (event.event === 'end') {
      this.#drop();
      this.#setStatus('ended');
      return;
    }
    const taken = this.#buffer.take(event);
    if (taken === 'gap') {
      this.#retry();
      return;
    }
    this.#failures = 0;
    if (taken === 'taken') this.#changed();
  }

  /** Only output that fits counts as success, so a server that keeps sending something else is not asked in a loop. */
  #retry(): void {
    this.#drop();
    if (this.#stopped) return;
    this.#setStatus('interrupted');
    this.#cancelTimer = this.#tools.schedule(() => this.#open(), reconnectDelay(this.#failures, this.#tools.random()));
    this.#failures++;
  }

  /** Forgets the socket without being told of its end. */
  #drop(): void {
    this.#cancelTimer();
    this.#generation++;
    this.#socket?.close();
    this.#socket = null;
  }

  #setStatus(status: TailStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#changed();
  }
}
