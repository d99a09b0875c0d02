/**
 * The server's side of the agent protocol for the agent's tests: a real HTTP and WebSocket server whose state is there to be
 * looked at, and which can be told to misbehave. It keeps the rules that the agent relies on (offers repeated, logs by offset,
 * proofs accepted once) and nothing else.
 */
import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { AgentClaims, EnrollRequest, type EnrollResponse } from '#protocol/agent/connection.ts';
import type { Job } from '#protocol/agent/job.ts';
import { type HostId, newId } from '#protocol/ids.ts';
import { FakeConnection } from './fake-connection.ts';
import { FakeHostLog } from './fake-host-log.ts';
import { FakeLogs } from './fake-logs.ts';
import { testIds } from './test-ids.ts';
import { Waiters } from './waiters.ts';

export type HttpAnswer = { status: number; body: unknown; headers?: Record<string, string> };

const problem = (status: number, type: string, more: Record<string, unknown> = {}): HttpAnswer => ({
  status,
  body: { type, title: type, status, detail: `refused: ${type}`, ...more },
});

const readText = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
};

export class FakeServer {
  readonly tokens = new Set(['token']);
  readonly enrollments: EnrollRequest[] = [];
  readonly hosts = new Map<HostId, { publicKey: string; machineId: string }>();
  /** All there ever were, in order. */
  readonly connections: FakeConnection[] = [];
  readonly logs = new FakeLogs();
  /** Null for a server that knows no such log. */
  hostLog: FakeHostLog | null = new FakeHostLog();
  readonly files = new Map<string, Buffer>();
  /** By target, attempt and path. */
  readonly reports = new Map<string, string>();
  /** What a download said that it takes; a server may compress for whoever does not say. */
  acceptedEncodings: (string | undefined)[] = [];
  /** Jobs that wait for their acceptance (JOB2). */
  offers: Job[] = [];
  connectAttempts: number[] = [];
  heartbeatSeconds = 20;
  clockAheadMs = 0;
  acknowledgesResults = true;
  acknowledgesLogs = true;
  answersPings = true;
  /** What comes after a hello; null for nothing at all. */
  onHello: ((connection: FakeConnection) => void) | null = (connection) => connection.welcome();
  refusal: HttpAnswer | null = null;
  readonly #http: Server;
  readonly #sockets = new Set<Socket>();
  readonly #upgrades = new WebSocketServer({ noServer: true });
  readonly #waiters = new Waiters();
  readonly #usedProofs = new Set<string>();

  private constructor() {
    this.#http = createServer((request, response) => void this.#handle(request, response));
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(port = 0): Promise<FakeServer> {
    const server = new FakeServer();
    await new Promise<void>((resolve) => server.#http.listen(port, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    const address = this.#http.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return address.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get connection(): FakeConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error('no agent has connected yet');
    return last;
  }

  /** Frames of all connections in the order of their arrival. */
  frames(type: string): Record<string, unknown>[] {
    return this.connections.flatMap((connection) => connection.frames).filter((frame) => frame.type === type);
  }

  offer(job: Job): Job {
    this.offers.push(job);
    if (this.connections.at(-1)?.open) this.connection.send({ type: 'job.offer', job });
    return job;
  }

  /** A line of the host's log, which an agent that is there is told at once (HLOG2). */
  tell(text: string): void {
    const line = this.hostLog?.add(text);
    if (line !== undefined && this.connections.at(-1)?.open) this.connection.send({ type: 'host.log', lines: [line] });
  }

  now(): number {
    return Date.now() + this.clockAheadMs;
  }

  changed(): void {
    this.#waiters.changed();
  }

  until(what: string, condition: () => boolean, withinMs?: number): Promise<void> {
    return this.#waiters.until(what, condition, withinMs);
  }

  /** Cuts all connections as a killed server does, without a close frame. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.drop();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, headers } = await this.#answer(request);
    response.writeHead(status, headers).end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
    this.changed();
  }

  async #answer(request: IncomingMessage): Promise<HttpAnswer> {
    if (this.refusal !== null) return this.refusal;
    if (request.url === '/api/agent/enroll') return this.#enroll(JSON.parse(await readText(request)));
    if (request.url?.startsWith('/api/agent/reports/')) return this.#takeReport(request);
    const file = /^\/api\/agent\/files\/(.+)$/.exec(request.url ?? '')?.[1];
    const content = file === undefined ? undefined : this.files.get(file);
    const proof = this.#checkProof(request);
    if (typeof proof !== 'string') return proof;
    this.acceptedEncodings.push(request.headers['accept-encoding']);
    if (content === undefined) return problem(404, 'not_found');
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    return { status: from > 0 ? 206 : 200, body: content.subarray(from) };
  }

  async #takeReport(request: IncomingMessage): Promise<HttpAnswer> {
    const text = await readText(request);
    const proof = this.#checkProof(request);
    if (typeof proof !== 'string') return proof;
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const target = pathname.split('/').at(-1);
    const path = searchParams.get('path');
    if (path !== null) this.reports.set(`${target} ${searchParams.get('attempt')} ${path}`, text);
    return { status: 204, body: Buffer.alloc(0) };
  }

  #enroll(body: unknown): HttpAnswer {
    const request = EnrollRequest.parse(body);
    if (!this.tokens.has(request.token)) return problem(401, 'agent.bad_token');
    this.enrollments.push(request);
    const known = [...this.hosts].find(
      ([, host]) => host.publicKey === request.public_key && host.machineId === request.machine_id,
    );
    const hostId = known?.[0] ?? newId('host', testIds);
    this.hosts.set(hostId, { publicKey: request.public_key, machineId: request.machine_id });
    const answer: EnrollResponse = {
      host_id: hostId,
      device_id: newId('dev', testIds),
      team_id: newId('team', testIds),
      name: request.name ?? request.info.hostname,
    };
    return { status: 201, body: answer };
  }

  /** The host's id, or why the proof is not taken (CON1 to CON3). */
  #checkProof(request: IncomingMessage): HostId | HttpAnswer {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = AgentClaims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString() || 'null'));
    if (!claims.success) return problem(401, 'agent.bad_proof');
    const host = this.hosts.get(claims.data.sub);
    if (host === undefined) return problem(401, 'agent.unknown_host');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: host.publicKey }, format: 'jwk' });
    if (!verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
      return problem(401, 'agent.bad_proof');
    const nowSeconds = this.now() / 1000;
    if (claims.data.exp - claims.data.iat > 60 || claims.data.iat > nowSeconds + 5 || claims.data.exp < nowSeconds)
      return problem(401, 'agent.clock_skew', { server_time: new Date(this.now()).toISOString() });
    if (this.#usedProofs.has(claims.data.jti)) return problem(401, 'agent.proof_used');
    this.#usedProofs.add(claims.data.jti);
    return claims.data.sub;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.connectAttempts.push(Date.now());
    const proof = this.refusal ?? this.#checkProof(request);
    if (typeof proof === 'string') {
      this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => this.#connected(webSocket, proof));
    } else {
      const body = JSON.stringify(proof.body);
      const headers = { 'content-length': String(Buffer.byteLength(body)), connection: 'close', ...proof.headers };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${proof.status} Refused\r\n${lines.join('')}\r\n${body}`);
    }
    this.changed();
  }

  #connected(socket: WebSocket, hostId: HostId): void {
    this.connections.push(new FakeConnection(this, socket, hostId));
    this.changed();
  }
}
