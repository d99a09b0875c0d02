/**
 * The agent's socket: which of the accepted ones counts, what is sent through it, and when it was last heard.
 * The attachment holds ids only; whether a socket is the current one is decided by the stored connection id.
 */
import { z } from 'zod';
import { CloseCode, HEARTBEAT_PING, HEARTBEAT_PONG } from '#protocol/agent/connection.ts';
import { encodeToAgent } from '#protocol/agent/frames.ts';
import type { ToAgent } from '#protocol/agent/to-agent.ts';

export const AgentAttachment = z.object({
  kind: z.literal('agent'),
  connection_id: z.string(),
  greeted: z.boolean(),
});
export type AgentAttachment = z.infer<typeof AgentAttachment>;

const TAG = 'agent';

/** Time in which `hello` must come (CON4): it is the first thing that an agent sends. */
export const HELLO_WITHIN_MS = 10_000;

/** What a close frame holds beside its code. */
const MAX_REASON_BYTES = 123;

/** As much of the reason as a close frame takes, never half a character. */
const cutReason = (reason: string): string => {
  const bytes = new TextEncoder().encode(reason);
  return bytes.length <= MAX_REASON_BYTES
    ? reason
    : new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES), { stream: true });
};

export const closeQuietly = (socket: WebSocket, code: number, reason: string): void => {
  try {
    socket.close(code, cutReason(reason));
  } catch {
    // A socket that is closing already cannot be closed again, and need not be.
  }
};

export class AgentLink {
  readonly #ctx: DurableObjectState;
  /** Copies of what the sockets carry, and the socket that was current last. */
  readonly #attachments = new WeakMap<WebSocket, AgentAttachment>();
  #last: { connectionId: string; socket: WebSocket } | null = null;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  accept(socket: WebSocket, connectionId: string): void {
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT_PING, HEARTBEAT_PONG));
    this.#ctx.acceptWebSocket(socket, [TAG]);
    this.attach(socket, { kind: 'agent', connection_id: connectionId, greeted: false });
  }

  attach(socket: WebSocket, attachment: AgentAttachment): void {
    socket.serializeAttachment(attachment);
    this.#attachments.set(socket, attachment);
  }

  /** Null for a socket that is not an agent's. */
  attachment(socket: WebSocket): AgentAttachment | null {
    const known = this.#attachments.get(socket);
    if (known !== undefined) return known;
    const read = AgentAttachment.safeParse(socket.deserializeAttachment()).data ?? null;
    if (read !== null) this.#attachments.set(socket, read);
    return read;
  }

  /** The socket of the current connection; null when it is gone. */
  current(connectionId: string | null): WebSocket | null {
    if (connectionId === null) return null;
    if (this.#last?.connectionId === connectionId && this.#last.socket.readyState === WebSocket.OPEN)
      return this.#last.socket;
    const socket = this.#open().find((one) => this.attachment(one)?.connection_id === connectionId);
    this.#last = socket === undefined ? null : { connectionId, socket };
    return socket ?? null;
  }

  send(socket: WebSocket | null, message: ToAgent): void {
    if (socket !== null) this.sendText(socket, encodeToAgent(message));
  }

  sendText(socket: WebSocket | null, frame: string): void {
    try {
      socket?.send(frame);
    } catch {
      // The socket broke meanwhile: the next connection repeats what matters.
    }
  }

  /** The newest connection wins (CON6). */
  replaceOthers(connectionId: string): void {
    for (const socket of this.#open())
      if (this.attachment(socket)?.connection_id !== connectionId)
        closeQuietly(socket, CloseCode.replaced, 'a newer connection took over');
  }

  closeAll(code: number, reason: string): void {
    for (const socket of this.#open()) closeQuietly(socket, code, reason);
  }

  /** Epoch milliseconds of the last heartbeat that the runtime answered on this socket; null before the first. */
  lastHeartbeat(socket: WebSocket): number | null {
    return this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null;
  }

  #open(): WebSocket[] {
    return this.#ctx.getWebSockets(TAG).filter((socket) => socket.readyState === WebSocket.OPEN);
  }
}
