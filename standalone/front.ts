/**
 * The one socket that is reachable from outside. It stands before the embedded runtime: removes headers that only the edge may
 * set, hides the runtime's own tools, answers 503 while the runtime is being restarted, and pipes WebSockets through untouched.
 * Called by the supervisor, so that it outlives the runtime.
 */
import {
  type Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { isRuntimePath, requestedUrl, requestHeaders, responseHeaders } from './front-headers.ts';
import { UpstreamConnections } from './upstream-connections.ts';

/** Probes start after this silence; Node probes each second then, ten times: a lost peer is noticed within 35 s. */
const SOCKET_KEEP_ALIVE_MS = 25_000;
/** Where agents connect. Their objects leave it to the front to notice silence. */
const AGENT_PATH = '/api/agent/connect';
/** Two heartbeats of 25 s and a bit: a silent agent must show as offline within a minute. */
const AGENT_SILENCE_MS = 55_000;
/** Longer than browsers and agents reuse an idle connection, so that the client is the one to close it. */
const IDLE_CONNECTION_MS = 65_000;
/** An upload or download on which nothing moves for this long is dead. */
const STALLED_BODY_MS = 120_000;
/** What a client should wait while the runtime is restarted, which takes about a second. */
const RETRY_AFTER_SECONDS = 1;
/** Pages announce each of their scripts in a header. */
const LARGEST_ANSWER_HEAD = 128 * 1024;
/** A thousand agents come back at once after a restart. */
const LISTEN_BACKLOG = 4096;

/** The port of the runtime on the loopback, or nothing while there is none. */
export type Upstream = () => number | undefined;

export interface Front {
  listen: (host: string, port: number) => Promise<number>;
  close: () => Promise<void>;
}

export function createFront(upstream: Upstream): Front {
  const agent = new UpstreamConnections();
  const tunnels = new Set<Socket>();
  const server = createServer({ shouldUpgradeCallback: isWebSocket }, (req, res) =>
    forward(req, res, upstream(), agent),
  );
  // A large upload on a slow line takes as long as it takes; silence is what ends it.
  server.requestTimeout = 0;
  server.timeout = STALLED_BODY_MS;
  server.keepAliveTimeout = IDLE_CONNECTION_MS;
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
    forwardUpgrade(req, socket, head, upstream());
  });
  return {
    listen: (host, port) => listen(server, host, port),
    close: () => close(server, tunnels, agent),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Ends what is in flight: the runtime stops next, and clients reconnect or retry. */
function close(server: Server, tunnels: ReadonlySet<Socket>, agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of tunnels) socket.destroy();
    server.closeAllConnections();
    agent.destroy();
  });
}

/** Some HTTP clients offer an upgrade to HTTP/2 with every request; such an offer is passed over. */
function isWebSocket(req: IncomingMessage): boolean {
  return req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket';
}

type Refusal = 400 | 404 | 503;
type Route = { found: true; url: URL; port: number } | { found: false; status: Refusal };

function findRoute(req: IncomingMessage, port: number | undefined): Route {
  const url = requestedUrl(req.headers.host, req.url);
  if (url === undefined) return { found: false, status: 400 };
  if (isRuntimePath(url)) return { found: false, status: 404 };
  return port === undefined ? { found: false, status: 503 } : { found: true, url, port };
}

function forward(req: IncomingMessage, res: ServerResponse, runtimePort: number | undefined, agent: Agent): void {
  const route = findRoute(req, runtimePort);
  if (!route.found) {
    answer(res, route.status);
    return;
  }
  const { url, port } = route;
  const headers = requestHeaders({ headers: req.headers, remoteAddress: req.socket.remoteAddress, url });
  const chunked = req.headers['transfer-encoding'] !== undefined;
  if (chunked) headers['transfer-encoding'] = 'chunked';
  const hasBody = chunked || req.headers['content-length'] !== undefined;
  const options = { host: '127.0.0.1', port, method: req.method, path: url.pathname + url.search, headers };

  const send = (connections: Agent | false): void => {
    const inner = request({ ...options, agent: connections, maxHeaderSize: LARGEST_ANSWER_HEAD });
    inner.on('response', (response) => passBack(response, res));
    inner.on('error', () => {
      // The runtime may close a kept connection just when it is used again; nothing has been done then.
      if (inner.reusedSocket && !res.headersSent && !res.destroyed) send(false);
      else if (res.headersSent) res.destroy();
      else answer(res, 503);
    });
    res.once('close', () => inner.destroy());
    if (hasBody) req.pipe(inner);
    else inner.end();
  };
  // A body can be sent once only. A runtime that was busy for longer than it keeps idle connections closes them before it reads.
  send(hasBody ? false : agent);
}

function passBack(response: IncomingMessage, res: ServerResponse): void {
  res.writeHead(response.statusCode ?? 502, response.statusMessage, responseHeaders(response.rawHeaders));
  // An answer that breaks off must break off for the client as well, not look complete.
  pipeline(response, res, (error) => error && res.destroy());
}

function answer(res: ServerResponse, status: Refusal): void {
  const retry = status === 503 ? { 'retry-after': `${RETRY_AFTER_SECONDS}` } : {};
  // The rest of a body that nobody reads would be taken for the next request.
  res.writeHead(status, { 'content-type': 'application/problem+json', connection: 'close', ...retry });
  res.end(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail: DETAILS[status] }));
}

const DETAILS = {
  400: 'The request names no valid host and path.',
  404: 'There is nothing here.',
  503: 'The server is starting.',
} as const;

function forwardUpgrade(req: IncomingMessage, socket: Socket, head: Buffer, runtimePort: number | undefined): void {
  socket.on('error', () => socket.destroy());
  const route = findRoute(req, runtimePort);
  if (!route.found) {
    refuseUpgrade(socket, route.status);
    return;
  }
  const { url, port } = route;
  const passed = requestHeaders({ headers: req.headers, remoteAddress: socket.remoteAddress, url });
  const headers = { ...passed, connection: 'Upgrade', upgrade: req.headers.upgrade };
  const inner = request({
    host: '127.0.0.1',
    port,
    method: req.method,
    path: url.pathname + url.search,
    headers,
    agent: false,
  });
  inner.on('upgrade', (response, innerSocket, innerHead) => {
    socket.write(rawHead(response, response.rawHeaders));
    tunnel(socket, innerSocket, head, innerHead);
    if (url.pathname === AGENT_PATH) endWhenSilent(socket);
  });
  // Refused by the product: the connection ends with the answer, because what followed would bypass the front.
  inner.on('response', (response) => {
    socket.write(rawHead(response, [...responseHeaders(response.rawHeaders), 'Connection', 'close']));
    pipeline(response, socket, () => socket.destroy());
  });
  inner.on('error', () => refuseUpgrade(socket, 503));
  socket.on('close', () => inner.destroy());
  inner.end();
}

/** Only once the runtime has agreed to the upgrade: from here on nothing is looked at. */
function tunnel(client: Socket, inner: Socket, clientHead: Buffer, innerHead: Buffer): void {
  for (const socket of [client, inner]) {
    socket.setTimeout(0);
    socket.setNoDelay(true);
  }
  client.setKeepAlive(true, SOCKET_KEEP_ALIVE_MS);
  if (clientHead.length > 0) inner.write(clientHead);
  if (innerHead.length > 0) client.write(innerHead);
  client.pipe(inner);
  inner.pipe(client);
  inner.on('error', () => client.destroy());
  inner.on('close', () => client.destroy());
  client.on('close', () => inner.destroy());
}

/** An agent that sends nothing, not even a heartbeat, is gone, however alive its connection looks. */
function endWhenSilent(agent: Socket): void {
  const timer = setTimeout(() => agent.destroy(), AGENT_SILENCE_MS);
  agent.on('data', () => timer.refresh());
  agent.once('close', () => clearTimeout(timer));
}

function rawHead(response: IncomingMessage, rawHeaders: readonly string[]): string {
  let text = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n`;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
  return `${text}\r\n`;
}

function refuseUpgrade(socket: Socket, status: Refusal): void {
  const retry = status === 503 ? `Retry-After: ${RETRY_AFTER_SECONDS}\r\n` : '';
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`);
}
