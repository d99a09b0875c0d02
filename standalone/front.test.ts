import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createFront, type Front } from './front.ts';

const toClose: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

/** A runtime that answers with what it received. */
async function startRuntime(): Promise<{ port: number; server: Server }> {
  const server = createServer(async (req, res) => {
    if (req.url === '/breaks-off') {
      res.writeHead(200, { 'content-length': '1000' });
      res.write('part');
      setImmediate(() => res.destroy());
      return;
    }
    let body = '';
    for await (const chunk of req) body += chunk;
    res.setHeader('set-cookie', ['a=1', 'b=2']);
    res.end(JSON.stringify({ url: req.url, method: req.method, headers: req.headers, body }));
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (req, socket, head) => {
    if (req.url !== '/ws') {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    sockets.handleUpgrade(req, socket, head, (ws) => ws.on('message', (data) => ws.send(`echo ${data}`)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  toClose.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { port: portOf(server), server };
}

const portOf = (server: TcpServer): number => {
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  return address.port;
};

async function startFront(upstream: () => number | undefined): Promise<{ front: Front; port: number }> {
  const front = createFront(upstream);
  toClose.push(() => front.close());
  return { front, port: await front.listen('127.0.0.1', 0) };
}

interface Answer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

function call(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const req = request({ host: '127.0.0.1', port, path, method, headers }, async (res) => {
      let text = '';
      try {
        for await (const chunk of res) text += chunk;
        resolve({ status: res.statusCode, headers: res.headers, body: text });
      } catch (error) {
        reject(error);
      }
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** Writes bytes as they are and reads until the other side closes. */
async function rawExchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let received = '';
  for await (const chunk of socket) received += chunk;
  return received;
}

test('headers that only the edge may set are replaced, others pass', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  const headers = {
    'CF-Connecting-IP': '6.6.6.6',
    'cf-ray': 'x',
    'MF-Route-Override': 'api',
    'MF-Original-URL': 'http://evil/',
    authorization: 'Bearer t',
  };
  const { headers: seen } = JSON.parse((await call(port, '/api/x?y=1', { headers })).body);
  expect(seen).toMatchObject({
    'cf-connecting-ip': '127.0.0.1',
    'mf-original-url': `http://127.0.0.1:${port}/api/x?y=1`,
    authorization: 'Bearer t',
  });
  expect(Object.keys(seen)).not.toContain('mf-route-override');
  expect(Object.keys(seen)).not.toContain('cf-ray');
});

test.each(['/cdn-cgi/mf/scheduled', '/cdn-cgi', '/a/../cdn-cgi/x', '/./cdn-cgi/x'])(
  '%s never reaches the runtime',
  async (path) => {
    const runtime = await startRuntime();
    const { port } = await startFront(() => runtime.port);
    expect(await call(port, path)).toMatchObject({ status: 404 });
  },
);

test.each(['a b', 'x@y', 'x/y', ''])('host %j is refused', async (host) => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  const answer = await rawExchange(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test('bodies pass both ways, with a length and in chunks, whatever the method', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  for (const method of ['POST', 'PUT', 'DELETE']) {
    for (const headers of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
      const answer = await call(port, '/api/x', { method, headers, body: 'hello' });
      expect(JSON.parse(answer.body)).toMatchObject({ method, body: 'hello' });
    }
  }
});

test('several cookies of one answer stay several', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  expect((await call(port, '/')).headers['set-cookie']).toEqual(['a=1', 'b=2']);
});

test('while there is no runtime the answer is 503 with the time to wait', async () => {
  const { port } = await startFront(() => undefined);
  const answer = await call(port, '/api/health');
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(JSON.parse(answer.body)).toMatchObject({ status: 503 });
});

test('a runtime that has died is answered for with 503', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  expect((await call(port, '/')).status).toBe(200);
  runtime.server.closeAllConnections();
  await new Promise((resolve) => runtime.server.close(resolve));
  expect((await call(port, '/')).status).toBe(503);
});

test('a request on a kept connection that the runtime has just closed is sent again', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  expect((await call(port, '/')).status).toBe(200);
  runtime.server.closeAllConnections();
  expect((await call(port, '/')).status).toBe(200);
});

/** It keeps connections, and closes each as soon as it is used again. */
async function startForgetfulRuntime(): Promise<number> {
  const server = createTcpServer((socket) => {
    let requests = 0;
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      if (!/^[A-Z]+ \//.test(`${data}`)) return;
      requests += 1;
      if (requests > 1) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  toClose.push(() => server.close());
  return portOf(server);
}

test('a request with a body is sent once, and arrives even when the runtime is about to close the connections it keeps', async () => {
  const runtime = await startForgetfulRuntime();
  const { port } = await startFront(() => runtime);
  for (const method of ['GET', 'POST', 'GET', 'PATCH', 'GET'])
    expect(await call(port, '/x', method === 'GET' ? {} : { method, body: 'once' })).toMatchObject({ status: 200 });
});

test('an answer that breaks off does not look complete to the client', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  await expect(call(port, '/breaks-off')).rejects.toThrow();
});

test('a WebSocket passes through', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  await once(ws, 'open');
  ws.send('hi');
  const [data] = await once(ws, 'message');
  expect(String(data)).toBe('echo hi');
  ws.close();
  await once(ws, 'close');
});

test('what follows a refused upgrade on the same connection is not passed on', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  const upgrade = `GET /no HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: h\r\nMF-Route-Override: api\r\n\r\n';
  const answer = await rawExchange(port, upgrade + smuggled);
  expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
  expect(answer).toMatch(/no$/);
});

test('an offer of HTTP/2 is passed over and the request answered', async () => {
  const runtime = await startRuntime();
  const { port } = await startFront(() => runtime.port);
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAA' };
  const answer = await call(port, '/x', { headers });
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body).headers).not.toHaveProperty('http2-settings');
});

test('closing ends open WebSockets, so that stopping does not wait for them', async () => {
  const runtime = await startRuntime();
  const { front, port } = await startFront(() => runtime.port);
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  await once(ws, 'open');
  const closed = once(ws, 'close');
  await front.close();
  expect((await closed)[0]).toBe(1006);
});
