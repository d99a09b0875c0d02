/**
 * Sends one job's spool to the server: frames that follow each other, a bounded number of bytes on the way (LOG5), on from
 * what is acknowledged after a reconnect (LOG4). Reads what it sends from disk, so that a slow server costs no memory.
 */
import type { JobLog, LogPiece } from '#protocol/agent/to-server.ts';
import type { TargetId } from '#protocol/ids.ts';
import { MAX_LOG_FRAME_BYTES, MAX_UNACKED_LOG_BYTES } from '#protocol/limits.ts';
import type { Link } from '../connection/link.ts';
import type { Spool, SpoolCursor, SpoolRecord } from './spool.ts';

const MAX_PIECES = 2048;
/** Control characters are six bytes each in JSON; this stays well below what the server takes in one frame. */
const MAX_ENCODED_BYTES = 160 * 1024;

type Built = { pieces: LogPiece[]; next: SpoolCursor };

const append = (pieces: LogPiece[], piece: LogPiece): void => {
  const last = pieces.at(-1);
  if (last?.stream === piece.stream) last.text += piece.text;
  else pieces.push({ ...piece });
};

/** As many records as one frame may carry; null when there are none. */
export const buildFrame = (records: readonly SpoolRecord[]): Built | null => {
  const pieces: LogPiece[] = [];
  let bytes = 0;
  let encoded = 0;
  let next: SpoolCursor | null = null;
  for (const record of records) {
    bytes += record.bytes;
    encoded += Buffer.byteLength(JSON.stringify(record.piece));
    if (next !== null && (bytes > MAX_LOG_FRAME_BYTES || encoded > MAX_ENCODED_BYTES || pieces.length >= MAX_PIECES))
      break;
    append(pieces, record.piece);
    next = record.next;
  }
  return next === null ? null : { pieces, next };
};

export class LogSender {
  readonly #targetId: TargetId;
  readonly #spool: Spool;
  #acknowledged: SpoolCursor;
  #sent: SpoolCursor;
  /** Where each frame that is on its way ends. */
  #onTheWay: SpoolCursor[] = [];
  /** Answers still to come that repeat a refusal which was acted upon already. */
  #repeatedRefusals = 0;

  constructor(targetId: TargetId, spool: Spool) {
    this.#targetId = targetId;
    this.#spool = spool;
    this.#acknowledged = spool.start;
    this.#sent = spool.start;
  }

  get allSent(): boolean {
    return this.#sent.offset >= this.#spool.end.offset;
  }

  get allAcknowledged(): boolean {
    return this.#acknowledged.offset >= this.#spool.end.offset;
  }

  /** A new connection: what was on its way may be lost. */
  restart(): void {
    this.#sent = this.#acknowledged;
    this.#onTheWay = [];
    this.#repeatedRefusals = 0;
  }

  pump(link: Link): void {
    while (!this.allSent && !link.congested()) {
      const frame = buildFrame(this.#spool.read(this.#sent));
      // A spool that cannot be read any more ends here; the result's `log_end` tells the server.
      if (frame === null) return;
      if (frame.next.offset - this.#acknowledged.offset > MAX_UNACKED_LOG_BYTES) return;
      const log: JobLog = {
        type: 'job.log',
        target_id: this.#targetId,
        offset: this.#sent.offset,
        pieces: frame.pieces,
      };
      this.#sent = frame.next;
      this.#onTheWay.push(frame.next);
      link.send(log);
    }
  }

  /** `log.ack`: everything before `offset` is durable on the server, which wants to go on from there (LOG3). */
  acknowledge(offset: number): void {
    if (offset < this.#acknowledged.offset) {
      this.#refused(offset);
      return;
    }
    while (this.#onTheWay[0] !== undefined && this.#onTheWay[0].offset <= offset) {
      this.#acknowledged = this.#onTheWay[0];
      this.#onTheWay.shift();
    }
    if (offset <= this.#acknowledged.offset) return;
    this.#acknowledged = this.#spool.seek(this.#acknowledged, offset);
    if (this.#acknowledged.offset > this.#sent.offset) {
      // The server has it from before a restart of this agent.
      this.#sent = this.#acknowledged;
      this.#onTheWay = [];
    }
  }

  /** The server's log ends before what it was sent: on from there, if this spool reaches so far back. */
  #refused(offset: number): void {
    if (this.#repeatedRefusals > 0) {
      this.#repeatedRefusals -= 1;
      return;
    }
    if (offset < this.#spool.start.offset) return;
    this.#repeatedRefusals = Math.max(0, this.#onTheWay.length - 1);
    this.#acknowledged = this.#spool.seek(this.#spool.start, offset);
    this.#sent = this.#acknowledged;
    this.#onTheWay = [];
  }
}
