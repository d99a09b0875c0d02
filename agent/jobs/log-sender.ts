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

/** The same answer so often, without a step forward, will not change on this connection. */
const MAX_REFUSALS = 3;

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
  /** Where each frame that is on its way ends; the first begins at what is acknowledged. */
  #onTheWay: SpoolCursor[] = [];
  /** Answers still to come that repeat a refusal which was acted upon already. */
  #repeatedRefusals = 0;
  #refusals = { at: -1, count: 0 };
  /**
   * Whether the server's end is known to be what is acknowledged here. After a reconnect it may have committed more, and
   * then refuses a frame that begins before its end: the first answer tells, and nothing else is sent before it.
   */
  #certain: boolean;

  /** `restored`: an earlier run of the agent may have sent some of it. */
  constructor(targetId: TargetId, spool: Spool, restored = false) {
    this.#targetId = targetId;
    this.#spool = spool;
    this.#acknowledged = spool.start;
    this.#sent = spool.start;
    this.#certain = !restored;
  }

  /** The result may follow: the server takes all of the output, as far as one can know before it says so. */
  get allSent(): boolean {
    const { start, end } = this.#spool;
    if (this.#isStuck) return true;
    return this.#sent.offset >= end.offset && (this.#certain || end.offset === start.offset);
  }

  /** Nothing that this spool can offer is taken, as after a power cut that took output which the server has seen. */
  get #isStuck(): boolean {
    return this.#refusals.count > MAX_REFUSALS;
  }

  get allAcknowledged(): boolean {
    return this.#acknowledged.offset >= this.#spool.end.offset;
  }

  /** A new connection: what was on its way may or may not have arrived. */
  restart(): void {
    if (this.#sent.offset > this.#acknowledged.offset) this.#certain = false;
    this.#goTo(this.#acknowledged);
    this.#repeatedRefusals = 0;
    this.#refusals = { at: -1, count: 0 };
  }

  /** The server does not answer; better a gap in the log than a result that is never told. */
  stopWaitingForCertainty(): void {
    this.#certain = true;
  }

  pump(link: Link): void {
    while (this.#sent.offset < this.#spool.end.offset && !this.#isStuck && !link.congested()) {
      if (!this.#certain && this.#onTheWay.length > 0) return;
      const frame = buildFrame(this.#spool.read(this.#sent));
      if (frame === null) {
        // The disk does not give it back; the result's `log_end` tells the server that something is missing.
        this.#refusals = { at: this.#sent.offset, count: MAX_REFUSALS + 1 };
        return;
      }
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
    this.#certain = true;
    while (this.#onTheWay[0] !== undefined && this.#onTheWay[0].offset <= offset) {
      this.#acknowledged = this.#onTheWay[0];
      this.#onTheWay.shift();
    }
    if (offset !== this.#acknowledged.offset) this.#notAtAnEnd(offset);
    else if (this.#repeatedRefusals > 0) this.#repeatedRefusals -= 1;
  }

  /** The server's log ends where none of the frames did: all on their way are refused, and it goes on from there. */
  #notAtAnEnd(offset: number): void {
    if (this.#onTheWay.length > 0 && this.#repeatedRefusals > 0) {
      this.#repeatedRefusals -= 1;
      return;
    }
    const from = offset > this.#acknowledged.offset ? this.#acknowledged : this.#spool.start;
    if (offset < from.offset) return;
    this.#refusals = { at: offset, count: offset === this.#refusals.at ? this.#refusals.count + 1 : 1 };
    this.#repeatedRefusals = Math.max(0, this.#onTheWay.length - 1);
    this.#goTo(this.#spool.seek(from, offset));
  }

  #goTo(place: SpoolCursor): void {
    this.#acknowledged = place;
    this.#sent = place;
    this.#onTheWay = [];
  }
}
