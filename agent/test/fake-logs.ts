import type { JobLog, LogPiece } from '#protocol/agent/to-server.ts';

/** Logs as the server keeps them: a frame counts if it begins where the log ends (LOG3). */
export class FakeLogs {
  /** Frames that began beyond the end. */
  gaps = 0;
  /** Frames of bytes that were there already. */
  repeats = 0;
  readonly #logs = new Map<string, { pieces: LogPiece[]; end: number }>();

  /** Puts a target's log into a state that an earlier life of the agent has brought about. */
  set(targetId: string, text: string): void {
    this.#logs.set(targetId, { pieces: [{ stream: 'stdout', text }], end: Buffer.byteLength(text) });
  }

  end(targetId: string): number {
    return this.#logs.get(targetId)?.end ?? 0;
  }

  pieces(targetId: string): LogPiece[] {
    return this.#logs.get(targetId)?.pieces ?? [];
  }

  text(targetId: string): string {
    return this.pieces(targetId)
      .map((piece) => piece.text)
      .join('');
  }

  /** The end after the frame, which is what the server acknowledges. */
  take(frame: JobLog): number {
    const log = this.#logs.get(frame.target_id) ?? { pieces: [], end: 0 };
    this.#logs.set(frame.target_id, log);
    if (frame.offset > log.end) this.gaps += 1;
    else if (frame.offset < log.end) this.repeats += 1;
    else {
      log.pieces.push(...frame.pieces);
      log.end += frame.pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece.text), 0);
    }
    return log.end;
  }
}
