/**
 * A TCP proxy between an agent and the server whose line can be made bad: cut, slow, standing still, half-open. Bytes are
 * late or lost, never wrong: a connection that lost some is reset when the line is healed, as a real one would be.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkFault } from './fault-plan.ts';

/** A queue above this stops reading, so that TCP slows the sender down as on a real slow line. */
const MAX_QUEUED_BYTES = 256 * 1024;
/** Slow lines carry a tenth of a second's bytes at a time. */
const SLICES_A_SECOND = 10;

type Direction = 'to_server' | 'to_agent';

class Line {
  fault: NetworkFault | null = null;
  #changed = Promise.withResolvers<void>();

  set(fault: NetworkFault | null): void {
    this.fault = fault;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  change(): Promise<void> {
    return this.#changed.promise;
  }
}

/** One direction of one connection. */
class Pipe {
  readonly #line: Line;
  readonly #direction: Direction;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #lost: () => void;
  #queue: Buffer[] = [];
  #queued = 0;
  #ended = false;
  #pumping = false;

  constructor(line: Line, direction: Direction, from: Socket, to: Socket, lost: () => void) {
    this.#line = line;
    this.#direction = direction;
    this.#from = from;
    this.#to = to;
    this.#lost = lost;
    from.on('data', (bytes) => this.#take(bytes));
    from.once('end', () => {
      this.#ended = true;
      void this.#pump();
    });
  }

  #take(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (this.#queued > MAX_QUEUED_BYTES) this.#from.pause();
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#queue.length > 0 && !this.#to.destroyed) await this.#step();
    this.#pumping = false;
    if (this.#ended) this.#to.end();
  }

  async #step(): Promise<void> {
    const { fault } = this.#line;
    if (fault?.type === 'stall') return this.#line.change();
    if (fault?.type === 'half_open' && (fault.direction === 'both' || fault.direction === this.#direction)) {
      this.#next(Number.POSITIVE_INFINITY);
      return this.#lost();
    }
    if (fault?.type !== 'slow') return this.#write(this.#next(Number.POSITIVE_INFINITY));
    const slice = this.#next(Math.ceil(fault.bytesPerSecond / SLICES_A_SECOND));
    await sleep(Math.max(fault.delayMs, 1000 / SLICES_A_SECOND));
    return this.#write(slice);
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#to.destroyed || this.#to.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#to.off('drain', done).off('close', done);
        resolve();
      };
      this.#to.on('drain', done).on('close', done);
    });
  }

  #next(most: number): Buffer {
    const first = this.#queue.shift() ?? Buffer.alloc(0);
    if (first.length > most) this.#queue.unshift(first.subarray(most));
    const taken = first.subarray(0, most);
    this.#queued -= taken.length;
    if (this.#queued <= MAX_QUEUED_BYTES) this.#from.resume();
    return taken;
  }
}

type Pair = { agent: Socket; server: Socket; damaged: boolean };

export class FaultProxy {
  readonly #server: Server;
  readonly #upstream: number;
  readonly #line = new Line();
  readonly #pairs = new Set<Pair>();
  #port = 0;

  private constructor(upstream: number) {
    this.#upstream = upstream;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async open(upstream: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    const address = proxy.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy listens on a port');
    proxy.#port = address.port;
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  strike(fault: NetworkFault): void {
    this.#line.set(fault);
    if (fault.type === 'cut') this.#reset([...this.#pairs]);
    // The server's sockets stay open, as behind a router that has forgotten the connection.
    if (fault.type === 'forget')
      for (const pair of this.#pairs) {
        pair.damaged = true;
        pair.agent.destroy();
      }
  }

  heal(): void {
    this.#line.set(null);
    this.#reset([...this.#pairs].filter((pair) => pair.damaged));
  }

  close(): void {
    this.#server.close();
    this.#reset([...this.#pairs]);
  }

  #accept(agent: Socket): void {
    agent.on('error', () => undefined);
    if (this.#line.fault?.type === 'cut') {
      agent.destroy();
      return;
    }
    const server = connect({ port: this.#upstream, host: '127.0.0.1' });
    server.on('error', () => undefined);
    for (const socket of [agent, server]) socket.setNoDelay(true);
    const pair: Pair = { agent, server, damaged: false };
    this.#pairs.add(pair);
    const lost = (): void => {
      pair.damaged = true;
    };
    new Pipe(this.#line, 'to_server', agent, server, lost);
    new Pipe(this.#line, 'to_agent', server, agent, lost);
    agent.once('close', () => this.#closed(pair, 'agent'));
    server.once('close', () => this.#closed(pair, 'server'));
  }

  /** The other side hears of it, unless the line is such that it would not. */
  #closed(pair: Pair, side: 'agent' | 'server'): void {
    const other = side === 'agent' ? pair.server : pair.agent;
    const { fault } = this.#line;
    if (other.destroyed) this.#pairs.delete(pair);
    else if (fault?.type === 'forget' || fault?.type === 'half_open' || fault?.type === 'stall') pair.damaged = true;
    else other.end(() => other.destroy());
  }

  #reset(pairs: readonly Pair[]): void {
    for (const pair of pairs) {
      this.#pairs.delete(pair);
      pair.agent.resetAndDestroy();
      pair.server.resetAndDestroy();
    }
  }
}
