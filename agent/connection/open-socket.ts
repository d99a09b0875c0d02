/** Opens one WebSocket to the server, proving the host key; a refusal is a value. */
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { errorText } from '../log.ts';
import { MAX_REFUSAL_BYTES, parseRefusal, parseRetryAfter } from './problem.ts';
import type { Ending } from './retry.ts';

/** Covers a slow TLS handshake over a bad line; a server that takes longer is as good as down. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Frames for the agent are a quarter of this; beyond it the connection is closed rather than the memory filled. */
const MAX_FRAME_BYTES = 1024 * 1024;

export type Opened = { type: 'open'; socket: WebSocket } | Extract<Ending, { type: 'unreachable' | 'refused' }>;

const readBody = (response: IncomingMessage, done: (body: string) => void): void => {
  let body = '';
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    if (body.length < MAX_REFUSAL_BYTES) body += text;
  });
  response.on('close', () => done(body.slice(0, MAX_REFUSAL_BYTES)));
};

const refused = (response: IncomingMessage, body: string): Opened => ({
  type: 'refused',
  status: response.statusCode ?? 0,
  refusal: parseRefusal(body),
  retryAfterMs: parseRetryAfter(response.headers['retry-after'], Date.now()),
});

export const socketUrl = (server: string): string => `${server.replace(/^http/, 'ws')}/api/agent/connect`;

export const openSocket = (server: string, proof: string, signal: AbortSignal): Promise<Opened> =>
  new Promise((resolve) => {
    const socket = new WebSocket(socketUrl(server), {
      headers: { authorization: `Bearer ${proof}` },
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MAX_FRAME_BYTES,
      // A context a connection costs more memory than short frames are worth.
      perMessageDeflate: false,
    });
    const abandon = (): void => socket.terminate();
    const settle = (opened: Opened): void => {
      signal.removeEventListener('abort', abandon);
      if (opened.type !== 'open') clearTimeout(deadline);
      resolve(opened);
    };
    // A refusal whose body never ends is not covered by the handshake's own timeout.
    const deadline = setTimeout(abandon, HANDSHAKE_TIMEOUT_MS + 1000);
    signal.addEventListener('abort', abandon, { once: true });
    socket.once('open', () => {
      clearTimeout(deadline);
      settle({ type: 'open', socket });
    });
    socket.on('error', (error) => settle({ type: 'unreachable', message: errorText(error) }));
    socket.once('close', () => settle({ type: 'unreachable', message: 'the connection was closed while it was made' }));
    socket.once('unexpected-response', (request, response) =>
      readBody(response, (body) => {
        settle(refused(response, body));
        request.destroy();
      }),
    );
    if (signal.aborted) abandon();
  });
