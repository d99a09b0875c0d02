/** One connection to the fake server: what came over it, and the server's ordinary answers unless they are switched off. */
import type { RawData, WebSocket } from 'ws';
import { encodeToAgent, parseToServer } from '#protocol/agent/frames.ts';
import type { ToAgent } from '#protocol/agent/to-agent.ts';
import type { Hello, ToServer } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import type { HostId } from '#protocol/ids.ts';
import type { FakeServer } from './fake-server.ts';

export class FakeConnection {
  readonly hostId: HostId;
  readonly frames: ToServer[] = [];
  readonly refused: string[] = [];
  pings = 0;
  closed: { code: number; reason: string } | null = null;
  readonly #server: FakeServer;
  readonly #socket: WebSocket;

  constructor(server: FakeServer, socket: WebSocket, hostId: HostId) {
    this.#server = server;
    this.#socket = socket;
    this.hostId = hostId;
    socket.on('message', (data: RawData) => {
      this.#received(data.toString());
      server.changed();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      server.changed();
    });
    socket.on('error', () => undefined);
  }

  get open(): boolean {
    return this.closed === null;
  }

  get hellos(): Hello[] {
    return this.frames.filter((frame) => frame.type === 'hello');
  }

  send(message: ToAgent): void {
    this.sendText(encodeToAgent(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBytes(bytes: Buffer): void {
    this.#socket.send(bytes);
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason);
  }

  /** Reads nothing more, as a server does that is too busy. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  welcome(protocol = 1): void {
    this.send({
      type: 'welcome',
      protocol,
      host_id: this.hostId,
      server_time: new Date(this.#server.now()).toISOString(),
      heartbeat_seconds: this.#server.heartbeatSeconds,
    });
  }

  #received(text: string): void {
    if (text === 'ping') {
      this.pings += 1;
      if (this.#server.answersPings) this.sendText('pong');
      return;
    }
    const frame = parseToServer(text);
    if (!frame.ok) {
      this.refused.push(frame.error);
      return;
    }
    this.frames.push(frame.message);
    this.#answer(frame.message);
  }

  #answer(message: ToServer): void {
    switch (message.type) {
      case 'hello':
        this.#hello(message);
        break;
      case 'job.accepted':
        this.#settled(message);
        break;
      case 'job.log': {
        const offset = this.#server.logs.take(message);
        if (this.#server.acknowledgesLogs) this.send({ type: 'log.ack', target_id: message.target_id, offset });
        break;
      }
      case 'job.result':
        this.#settled(message);
        if (this.#server.acknowledgesResults)
          this.send({ type: 'result.ack', target_id: message.target_id, attempt: message.attempt });
        break;
      case 'job.progress':
        break;
      default:
        assertNever(message);
    }
  }

  #hello(hello: Hello): void {
    for (const job of hello.jobs) this.#settled(job);
    if (this.hellos.length > 1 || this.#server.onHello === null) return;
    this.#server.onHello(this);
    if (hello.host_log_seq !== undefined)
      for (const lines of this.#server.hostLog?.framesAfter(hello.host_log_seq) ?? [])
        this.send({ type: 'host.log', lines });
    for (const job of this.#server.offers) this.send({ type: 'job.offer', job });
  }

  #settled(job: { target_id: string; attempt: number }): void {
    this.#server.offers = this.#server.offers.filter(
      (offer) => offer.target_id !== job.target_id || offer.attempt !== job.attempt,
    );
  }
}
