/**
 * Connections to the runtime that are kept for the next request without a body. The runtime closes one that has been idle for five
 * seconds, and a request that is sent at that very moment must be sent again. Idle ones are therefore given up well before.
 */
import { Agent, type ClientRequest } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Well below the runtime's five seconds, also when this process gets little of the processor. */
const IDLE_MS = 2_000;

export class UpstreamConnections extends Agent {
  constructor() {
    super({ keepAlive: true });
  }

  /** Node ends a free socket when its time is over. Its own answer, which the types leave out, says whether it is kept. */
  override keepSocketAlive = (socket: Duplex): void => {
    const kept = super.keepSocketAlive(socket);
    if (socket instanceof Socket) socket.setTimeout(IDLE_MS);
    // biome-ignore lint/correctness/noVoidTypeReturn: the types leave out the answer, which says whether the socket is kept
    return kept;
  };

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    if (socket instanceof Socket) socket.setTimeout(0);
    super.reuseSocket(socket, request);
  }
}
