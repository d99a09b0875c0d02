/**
 * Viewers of a target's output. Each socket first gets what there is from the offset it asked for, then what comes.
 * Its attachment says how far it got, so that an eviction in the middle costs nothing.
 */
import { z } from 'zod';
import type { LogPiece } from '#protocol/agent/to-server.ts';
import { TargetId } from '#protocol/ids.ts';
import type { TailEvent } from '#protocol/live/events.ts';
import { archivedFrames, readSegment } from './log-archive.ts';
import { mergePieces, placePieces } from './log-pieces.ts';
import type { LogStore } from './log-store.ts';

export const TailAttachment = z.object({
  kind: z.literal('tail'),
  target_id: TargetId,
  offset: z.number(),
  live: z.boolean(),
});
export type TailAttachment = z.infer<typeof TailAttachment>;

const CLOSE_DONE = 1000;
const CLOSE_LOST = 1011;
const UNREADABLE = 'the log could not be read; connect again from the last offset';
const tagOf = (target: TargetId): string => `tail:${target}`;

export type TailDeps = {
  ctx: DurableObjectState;
  logs: LogStore;
  bucket: R2Bucket;
  /** Whether nothing more will come for this target. */
  ended: (target: TargetId) => boolean;
};

export class Tails {
  readonly #deps: TailDeps;
  readonly #pumping = new Set<WebSocket>();

  constructor(deps: TailDeps) {
    this.#deps = deps;
  }

  open(socket: WebSocket, target: TargetId, offset: number): void {
    this.#deps.ctx.acceptWebSocket(socket, [tagOf(target)]);
    this.#attach(socket, { kind: 'tail', target_id: target, offset, live: false });
    this.#start(socket);
  }

  /** A log that is in R2 alone. If the object is evicted meanwhile the socket breaks, and the viewer comes back for the rest. */
  openArchived(socket: WebSocket, prefix: string, offset: number): void {
    socket.accept();
    this.#deps.ctx.waitUntil(
      this.#sendArchived(socket, prefix, offset).catch(() => socket.close(CLOSE_LOST, UNREADABLE)),
    );
  }

  async #sendArchived(socket: WebSocket, prefix: string, offset: number): Promise<void> {
    for await (const frames of archivedFrames(this.#deps.bucket, prefix, offset))
      for (const frame of frames) this.#send(socket, frame.pieces, frame.offset, offset);
    this.#finish(socket);
  }

  /** New output of a target, already committed. */
  push(target: TargetId, pieces: readonly LogPiece[], offset: number): void {
    for (const socket of this.#sockets(target)) {
      const { live, offset: seen } = this.#attachment(socket);
      // A viewer who came between the write and this has read it from its row.
      if (live) this.#send(socket, pieces, offset, seen);
      else this.#start(socket);
    }
  }

  /** Tells the viewers of a target that nothing more will come, if that is so. */
  endIfDone(target: TargetId): void {
    const sockets = this.#sockets(target);
    if (sockets.length === 0 || !this.#deps.ended(target)) return;
    for (const socket of sockets) if (this.#attachment(socket).live) this.#finish(socket);
  }

  #sockets(target: TargetId): WebSocket[] {
    return this.#deps.ctx.getWebSockets(tagOf(target)).filter((socket) => socket.readyState === WebSocket.OPEN);
  }

  #attachment(socket: WebSocket): TailAttachment {
    return TailAttachment.parse(socket.deserializeAttachment());
  }

  #attach(socket: WebSocket, attachment: TailAttachment): void {
    socket.serializeAttachment(attachment);
  }

  #start(socket: WebSocket): void {
    if (this.#pumping.has(socket)) return;
    this.#pumping.add(socket);
    this.#deps.ctx.waitUntil(
      this.#pump(socket)
        .catch(() => socket.close(CLOSE_LOST, UNREADABLE))
        .finally(() => this.#pumping.delete(socket)),
    );
  }

  async #pump(socket: WebSocket): Promise<void> {
    for (;;) {
      const { target_id, offset } = this.#attachment(socket);
      const part = this.#deps.logs.read(target_id, offset, this.#deps.ended(target_id));
      if (part.kind === 'end') {
        // No await since the read: nothing can come between what was sent and what is pushed from here on.
        this.#attach(socket, { kind: 'tail', target_id, offset, live: true });
        if (part.ended) this.#finish(socket);
        return;
      }
      const pieces = part.kind === 'pieces' ? part.pieces : await this.#segment(part.key);
      this.#send(socket, pieces, part.offset, offset);
      this.#attach(socket, { kind: 'tail', target_id, offset: part.next_offset, live: false });
    }
  }

  async #segment(key: string): Promise<LogPiece[]> {
    return (await readSegment(this.#deps.bucket, key)).flatMap((frame) => frame.pieces);
  }

  #send(socket: WebSocket, pieces: readonly LogPiece[], start: number, from: number): void {
    for (const piece of mergePieces(placePieces(pieces, start, from))) {
      const event: TailEvent = { event: 'log', stream: piece.stream, offset: piece.offset, text: piece.text };
      socket.send(JSON.stringify(event));
    }
  }

  #finish(socket: WebSocket): void {
    const event: TailEvent = { event: 'end' };
    socket.send(JSON.stringify(event));
    socket.close(CLOSE_DONE, 'end of the log');
  }
}
