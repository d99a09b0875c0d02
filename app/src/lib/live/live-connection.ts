/**
 * The dashboard's one socket to `/api/live`. The signed-in layout starts and stops it. After an
 * interruption it asks for what was missed with `?since=SEQ`; `resync` means that pages must fetch their data again.
 * Listeners are told of every event in order; `status` and `staleSince` are reactive.
 */
import { createSubscriber } from 'svelte/reactivity';
import type { LiveEvent } from '#protocol/live/events.ts';
import { reconnectDelay } from './backoff.ts';
import { readFrame } from './live-events.ts';
import { RecentEvents } from './recent-events.ts';

export type LiveStatus = 'connecting' | 'open' | 'interrupted';

export type LiveSocket = { send: (text: string) => void; close: () => void };
export type SocketHandlers = { open: () => void; message: (data: unknown) => void; close: () => void };

export type LiveDependencies = {
  openSocket: (path: string, handlers: SocketHandlers) => LiveSocket;
  now: () => number;
  random: () => number;
  /** Runs `work` later; the answer cancels it. */
  schedule: (work: () => void, delayMs: number) => () => void;
};

type Listener = (event: LiveEvent) => void;

/** A restart of the server is over sooner than this and not worth a word. */
const GRACE_MS = 2500;
/** Opening takes less than a second; a network that swallows packets would otherwise hold us for minutes. */
const OPEN_TIMEOUT_MS = 10_000;
/** A network that goes away without a word shows within two of these. The server answers without waking anything. */
const PING_INTERVAL_MS = 20_000;

export class LiveConnection {
  readonly #dependencies: LiveDependencies;
  readonly #listeners = new Set<Listener>();
  readonly #recent = new RecentEvents();
  readonly #subscribe: () => void;
  #notify: () => void = () => {};
  #status: LiveStatus = 'connecting';
  #socket: LiveSocket | null = null;
  /** Counts sockets, so that a late word of an abandoned one is not heard. */
  #generation = 0;
  #cancelTimer: () => void = () => {};
  #cancelGrace: (() => void) | null = null;
  #attempt = 0;
  #seq: number | null = null;
  /** The last sign of the server; what is shown was true then. */
  #heardAt = 0;
  #answered = true;
  #stopped = true;

  constructor(dependencies: LiveDependencies) {
    this.#dependencies = dependencies;
    this.#subscribe = createSubscriber((update) => {
      this.#notify = update;
      return () => {
        this.#notify = () => {};
      };
    });
  }

  get status(): LiveStatus {
    this.#subscribe();
    return this.#status;
  }

  /** When what is shown was last known to be true, while updates do not arrive; null while they do. */
  get staleSince(): number | null {
    this.#subscribe();
    return this.#status === 'interrupted' ? this.#heardAt : null;
  }

  /** Calls `listener` with each event, first with those of the last seconds; the answer ends it. */
  listen(listener: Listener, replay = true): () => void {
    if (replay) for (const event of this.#recent.since(this.#dependencies.now())) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#heardAt = this.#dependencies.now();
    this.#startGrace();
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#endGrace();
    this.#drop();
  }

  /** Tries at once: the network or the person came back. */
  retryNow(): void {
    if (this.#stopped || this.#status === 'open') return;
    this.#attempt = 0;
    this.#open();
  }

  /** The network is known to be gone, long before the socket notices. */
  lost(): void {
    if (!this.#stopped) this.#onClose();
  }

  #open(): void {
    this.#cancelTimer();
    this.#drop();
    const generation = this.#generation;
    const current = (work: () => void): void => {
      if (generation === this.#generation) work();
    };
    this.#socket = this.#dependencies.openSocket(this.#seq === null ? '/api/live' : `/api/live?since=${this.#seq}`, {
      open: () => current(() => this.#onOpen()),
      message: (data) => current(() => this.#onMessage(data)),
      close: () => current(() => this.#onClose()),
    });
    this.#cancelTimer = this.#dependencies.schedule(() => this.#onClose(), OPEN_TIMEOUT_MS);
  }

  #onOpen(): void {
    this.#cancelTimer();
    this.#endGrace();
    this.#attempt = 0;
    this.#heard();
    this.#setStatus('open');
    this.#ping();
  }

  #heard(): void {
    this.#heardAt = this.#dependencies.now();
    this.#answered = true;
  }

  #ping(): void {
    this.#answered = false;
    this.#socket?.send('ping');
    this.#cancelTimer = this.#dependencies.schedule(
      () => (this.#answered ? this.#ping() : this.#onClose()),
      PING_INTERVAL_MS,
    );
  }

  #onMessage(data: unknown): void {
    this.#heard();
    const frame = readFrame(String(data));
    if (frame.type === 'malformed') return;
    this.#seq = frame.type === 'event' ? frame.event.seq : frame.seq;
    if (frame.type === 'event') this.#emit(frame.event);
  }

  #onClose(): void {
    this.#cancelTimer();
    this.#drop();
    if (this.#status === 'open') {
      this.#setStatus('connecting');
      this.#startGrace();
    }
    const delay = reconnectDelay(this.#attempt, this.#dependencies.random());
    this.#attempt++;
    this.#cancelTimer = this.#dependencies.schedule(() => this.#open(), delay);
  }

  /** Forgets the socket without being told of its end. */
  #drop(): void {
    this.#generation++;
    this.#socket?.close();
    this.#socket = null;
  }

  #startGrace(): void {
    this.#cancelGrace ??= this.#dependencies.schedule(() => {
      this.#cancelGrace = null;
      this.#setStatus('interrupted');
    }, GRACE_MS);
  }

  #endGrace(): void {
    this.#cancelGrace?.();
    this.#cancelGrace = null;
  }

  #setStatus(status: LiveStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#notify();
  }

  #emit(event: LiveEvent): void {
    this.#recent.add(event, this.#dependencies.now());
    for (const listener of [...this.#listeners]) listener(event);
  }
}
