/** A dashboard that stays open: it comes back after each break and asks for what it missed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { LiveEvent } from '#protocol/live/events.ts';

const RECONNECT_AFTER_MS = 200;

export class LiveWatcher {
  readonly events: LiveEvent[] = [];
  readonly #url: string;
  readonly #token: string;
  #socket: WebSocket | null = null;
  #closed = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(url: string, token: string) {
    this.#url = `${url.replace(/^http/, 'ws')}/api/live`;
    this.#token = token;
  }

  start(): void {
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket?.terminate();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#watch();
      await sleep(RECONNECT_AFTER_MS);
    }
  }

  /** One connection, until it breaks. */
  #watch(): Promise<void> {
    const last = this.events.at(-1);
    const since = last === undefined ? '' : `?since=${last.seq}`;
    return new Promise((resolve) => {
      const socket = new WebSocket(`${this.#url}${since}`, { headers: { authorization: `Bearer ${this.#token}` } });
      this.#socket = socket;
      socket.on('message', (data) => this.events.push(LiveEvent.parse(JSON.parse(data.toString()))));
      socket.on('error', () => undefined);
      socket.once('close', () => resolve());
    });
  }
}
