/**
 * One open connection, from `hello` to its close: says hello, waits for `welcome`, keeps the heartbeat, parses what comes in.
 * It decides nothing about jobs and nothing about what follows the close.
 */
import type { RawData, WebSocket } from 'ws';
import { HEARTBEAT_PING, HEARTBEAT_PONG, PROTOCOL_MAX, PROTOCOL_MIN } from '#protocol/agent/connection.ts';
import { encodeToServer, parseToAgent } from '#protocol/agent/frames.ts';
import type { ToAgent } from '#protocol/agent/to-agent.ts';
import type { Hello } from '#protocol/agent/to-server.ts';
import type { Log } from '../log.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import type { Link } from './link.ts';
import type { Ending } from './retry.ts';

/** The server answers a hello at once; its own bound for ours is the same. */
const WELCOME_TIMEOUT_MS = 10_000;
/** Above this the socket is slower than what is sent; output waits on disk instead of in memory. */
const CONGESTED_BYTES = 1024 * 1024;
/** A peer that does not answer the close is dropped after this. */
const CLOSE_TIMEOUT_MS = 500;

export type SessionEvents = {
  hello: () => Hello;
  welcome: (welcome: Extract<ToAgent, { type: 'welcome' }>, link: Link) => void;
  /** Every other message, after the welcome. */
  message: (message: Exclude<ToAgent, { type: 'welcome' | 'state.request' }>) => void;
  drained: () => void;
};

export type Session = {
  ended: Promise<Extract<Ending, { type: 'closed' }>>;
  sendHello: () => void;
  close: (code: number, reason: string) => void;
};

export const runSession = (socket: WebSocket, events: SessionEvents, log: Log, now: () => number): Session => {
  let welcomedAt: number | null = null;
  let heartbeat: Heartbeat | null = null;
  let wasCongested = false;
  const welcomeTimer = setTimeout(() => {
    log('warn', 'connection.no_welcome');
    socket.terminate();
  }, WELCOME_TIMEOUT_MS);

  const congested = (): boolean => {
    wasCongested = socket.bufferedAmount > CONGESTED_BYTES;
    return wasCongested;
  };
  const afterSend = (): void => {
    if (!wasCongested || congested()) return;
    events.drained();
  };
  const send = (text: string): void => {
    if (socket.readyState === socket.OPEN) socket.send(text, afterSend);
  };
  const link: Link = { send: (message) => send(encodeToServer(message)), congested };
  const sendHello = (): void => link.send(events.hello());

  const silent = (): void => {
    log('warn', 'connection.silent');
    socket.terminate();
  };
  const onWelcome = (welcome: Extract<ToAgent, { type: 'welcome' }>): void => {
    if (welcome.protocol < PROTOCOL_MIN || welcome.protocol > PROTOCOL_MAX) {
      log('error', 'frame.refused', { error: `protocol: ${welcome.protocol} was not offered` });
      return;
    }
    clearTimeout(welcomeTimer);
    heartbeat?.stop();
    heartbeat = startHeartbeat(welcome.heartbeat_seconds * 1000, now, () => send(HEARTBEAT_PING), silent);
    const first = welcomedAt === null;
    welcomedAt ??= now();
    if (first) events.welcome(welcome, link);
  };
  const onMessage = (message: ToAgent): void => {
    if (message.type === 'welcome') onWelcome(message);
    else if (welcomedAt === null) log('warn', 'frame.refused', { error: `${message.type} before welcome` });
    else if (message.type === 'state.request') sendHello();
    else events.message(message);
  };
  const onText = (text: string): void => {
    if (text === HEARTBEAT_PONG) return;
    const frame = parseToAgent(text);
    if (frame.ok) onMessage(frame.message);
    else log('warn', 'frame.refused', { error: frame.error });
  };

  socket.on('message', (data: RawData, isBinary: boolean) => {
    heartbeat?.heard();
    if (isBinary) log('warn', 'frame.refused', { error: 'frame is binary' });
    else onText(data.toString());
  });
  const ended = new Promise<Extract<Ending, { type: 'closed' }>>((resolve) => {
    socket.once('close', (code, reason) => {
      clearTimeout(welcomeTimer);
      heartbeat?.stop();
      resolve({
        type: 'closed',
        code,
        reason: reason.toString(),
        welcomedForMs: welcomedAt === null ? null : now() - welcomedAt,
      });
    });
  });
  sendHello();

  const close = (code: number, reason: string): void => {
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  };
  return { ended, sendHello, close };
};
