/**
 * A target's output as one sequence of bytes: frames in SQLite until they are sealed into R2, in segments of about a mebibyte.
 * A segment is a line of JSON for each frame; its key ends with the offset, so a listing of the prefix is in order.
 */
import { z } from 'zod';
import { LogPiece } from '#protocol/agent/to-server.ts';
import { DeploymentId, TargetId, type TeamId } from '#protocol/ids.ts';
import { afterPieces, type LineState, LOG_START } from '#protocol/log-lines.ts';
import type { LogPart } from './host-rpc.ts';
import { LINE_COLUMNS, lineValues, offsetOfLine, stateBefore } from './log-index.ts';
import { type LogFrame, type SegmentIndex, segmentBody, segmentKey, segmentMetadata } from './log-segment.ts';

/** Output in SQLite above this is moved to R2 while the job still runs. */
export const SEGMENT_BYTES = 1024 * 1024;

/** What one answer of `readLog` holds at most, so that a noisy log does not become one huge message. */
const PART_BYTES = 512 * 1024;

/**
 * An ended job's output stays in SQLite for a while: a burst of results must not be followed by a burst of writes to R2, which
 * cost far more. The objects of a fleet come to it one by one, spread over the time after that.
 */
export const SEAL_AFTER_MS = 10 * 60_000;
export const SEAL_SPREAD_MS = 10 * 60_000;

/** Output that is still missing then will not come: the agent is gone for good. */
const GIVE_UP_AFTER_MS = 24 * 3600 * 1000;

export type HeldFrame = { target: TargetId; frame: LogFrame; state: LineState };
type KnownPart = Exclude<LogPart, { kind: 'unknown' }>;
export type Sealable = { target_id: TargetId; deployment_id: DeploymentId; final: boolean };

const FrameRow = z.object({
  offset: z.number(),
  next_offset: z.number(),
  pieces: z.string().transform((text) => z.array(LogPiece).parse(JSON.parse(text))),
});
const SegmentRow = z.object({ offset: z.number(), next_offset: z.number(), key: z.string() });
const LogRow = z.object({ sealed: z.number(), framed: z.number().nullable(), segmented: z.number().nullable() });
const UnsealedRow = z.object({
  target_id: TargetId,
  deployment_id: DeploymentId,
  ended_at: z.number(),
  log_end: z.number(),
});

/** Where a log ends, in bytes and in lines, and whether all of it is in R2. */
type LogState = { end: number; lines: LineState; sealed: boolean };
const SealableRow = z.object({ target_id: TargetId, deployment_id: DeploymentId });

export const logPrefix = (team: TeamId, deployment: DeploymentId, target: TargetId): string =>
  `logs/${team}/${deployment}/${target}/`;

export class LogStore {
  readonly #sql: SqlStorage;
  /** Copies of what the rows say, of logs that were asked for. */
  readonly #states = new Map<TargetId, LogState>();
  readonly #held: HeldFrame[] = [];
  readonly #written: HeldFrame[] = [];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Reads everything again: a transaction failed, and copies may be ahead of the rows. */
  forgetCopies(): void {
    this.#states.clear();
    this.#held.length = 0;
  }

  /** Where the log ends; null for a target that this host does not know. */
  end(target: TargetId): number | null {
    return this.#state(target)?.end ?? null;
  }

  isSealed(target: TargetId): boolean {
    return this.#state(target)?.sealed === true;
  }

  #state(target: TargetId): LogState | null {
    const known = this.#states.get(target) ?? this.#readState(target);
    if (known !== null) this.#states.set(target, known);
    return known;
  }

  #readState(target: TargetId): LogState | null {
    const [row] = this.#sql
      .exec(
        `SELECT log_sealed AS sealed,
           (SELECT max(next_offset) FROM log_frame WHERE target_id = job.target_id) AS framed,
           (SELECT max(next_offset) FROM log_segment WHERE target_id = job.target_id) AS segmented
         FROM job WHERE target_id = ?`,
        target,
      )
      .toArray();
    if (row === undefined) return null;
    const { sealed, framed, segmented } = LogRow.parse(row);
    const end = Math.max(framed ?? 0, segmented ?? 0);
    return { end, lines: stateBefore(this.#sql, target, end), sealed: sealed === 1 };
  }

  /** A job that was just made has no output: spares asking. */
  begin(target: TargetId): void {
    this.#states.set(target, { end: 0, lines: LOG_START, sealed: false });
  }

  /** Takes a frame that begins where the log ends. It is written with the next transaction, and acknowledged only then. */
  hold(target: TargetId, frame: LogFrame): void {
    const state = afterPieces(this.#state(target)?.lines ?? LOG_START, frame.pieces);
    this.#held.push({ target, frame, state });
    this.#states.set(target, { end: frame.next_offset, lines: state, sealed: false });
  }

  /** Part of whatever transaction is under way. */
  writeHeld(): void {
    for (const held of this.#held) this.#insert(held);
    this.#written.push(...this.#held.splice(0));
  }

  /** Frames that are durable and that nobody has been told of. */
  takeWritten(): HeldFrame[] {
    return this.#written.splice(0);
  }

  #insert({ target, frame, state }: HeldFrame): void {
    this.#sql.exec(
      `INSERT INTO log_frame (target_id, offset, next_offset, pieces, ${LINE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      target,
      frame.offset,
      frame.next_offset,
      JSON.stringify(frame.pieces),
      ...lineValues(state),
    );
  }

  /** Frames from the one that holds `offset`, up to a bound of bytes. */
  frames(target: TargetId, offset: number, maxBytes: number = PART_BYTES): LogFrame[] {
    this.writeHeld();
    const rows = this.#sql
      .exec(
        'SELECT offset, next_offset, pieces FROM log_frame WHERE target_id = ? AND next_offset > ? AND offset < ? ORDER BY offset',
        target,
        offset,
        offset + maxBytes,
      )
      .toArray();
    return rows.map((row) => FrameRow.parse(row));
  }

  read(target: TargetId, offset: number, ended: boolean): KnownPart {
    const [segment] = this.#sql
      .exec(
        'SELECT offset, next_offset, key FROM log_segment WHERE target_id = ? AND next_offset > ? ORDER BY offset LIMIT 1',
        target,
        offset,
      )
      .toArray();
    const found = segment === undefined ? null : SegmentRow.parse(segment);
    if (found !== null && found.offset <= offset) return { kind: 'segment', ...found };
    const frames = this.frames(target, offset);
    const [first] = frames;
    const last = frames.at(-1);
    if (first === undefined || last === undefined) return { kind: 'end', offset, ended };
    return {
      kind: 'pieces',
      pieces: frames.flatMap((frame) => frame.pieces),
      offset: first.offset,
      next_offset: last.next_offset,
    };
  }

  /** The part that holds the beginning of a line, and how a reader stands where that part begins. */
  findLine(
    target: TargetId,
    line: number,
    ended: boolean,
  ): { part: KnownPart; state: LineState; lines: number; end: number } {
    this.writeHeld();
    const { end, lines } = this.#state(target) ?? { end: 0, lines: LOG_START };
    const wanted = line < 0 ? Math.max(0, lines.lines + line) : line;
    const offset = offsetOfLine(this.#sql, target, wanted) ?? end;
    const part = this.read(target, offset, ended);
    return { part, state: stateBefore(this.#sql, target, part.offset), lines: lines.lines, end };
  }

  /** Logs with something to move to R2: too much in SQLite, or ended long enough ago. */
  sealable(now: number): Sealable[] {
    const full = this.#sql
      .exec(
        `SELECT job.target_id, job.deployment_id FROM log_frame JOIN job USING (target_id)
         GROUP BY job.target_id HAVING max(log_frame.next_offset) - min(log_frame.offset) >= ? LIMIT 20`,
        SEGMENT_BYTES,
      )
      .toArray()
      .map((row): Sealable => ({ ...SealableRow.parse(row), final: false }));
    const ended = this.#unsealed()
      .filter((log) => this.#sealAt(log) <= now)
      .map(({ target_id, deployment_id }): Sealable => ({ target_id, deployment_id, final: true }));
    return [...full, ...ended];
  }

  #unsealed(): z.infer<typeof UnsealedRow>[] {
    return this.#sql
      .exec(
        `SELECT target_id, deployment_id, ended_at, coalesce(json_extract(state, '$.logEnd'), 0) AS log_end
         FROM job WHERE ended_at IS NOT NULL AND log_sealed = 0 AND open = 0 LIMIT 200`,
      )
      .toArray()
      .map((row) => UnsealedRow.parse(row));
  }

  #sealAt(log: z.infer<typeof UnsealedRow>): number {
    const whole = (this.end(log.target_id) ?? 0) >= log.log_end;
    return log.ended_at + (whole ? SEAL_AFTER_MS : GIVE_UP_AFTER_MS);
  }

  /** When the next ended log is due to be sealed; null when none is. */
  nextSealAt(): number | null {
    const times = this.#unsealed().map((log) => this.#sealAt(log));
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Writes the next segment of a log to R2, then forgets its frames. Safe to repeat: the key and the bytes are the same. */
  async sealNext(bucket: R2Bucket, team: TeamId, log: Sealable): Promise<boolean> {
    const [first] = this.#sql
      .exec('SELECT min(offset) AS offset FROM log_frame WHERE target_id = ?', log.target_id)
      .toArray();
    const from = z
      .number()
      .nullable()
      .parse(first?.offset ?? null);
    if (from === null) return false;
    const frames = this.frames(log.target_id, from, SEGMENT_BYTES);
    const to = frames.at(-1)?.next_offset ?? from;
    const key = segmentKey(logPrefix(team, log.deployment_id, log.target_id), from);
    const start = stateBefore(this.#sql, log.target_id, from);
    const end = stateBefore(this.#sql, log.target_id, to);
    const index: SegmentIndex = { offset: from, next_offset: to, start, lines: end.lines };
    await bucket.put(key, segmentBody(frames), { customMetadata: segmentMetadata(index) });
    this.#sql.exec(
      `INSERT OR REPLACE INTO log_segment (target_id, offset, next_offset, key, ${LINE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      log.target_id,
      from,
      to,
      key,
      ...lineValues(end),
    );
    this.#sql.exec('DELETE FROM log_frame WHERE target_id = ? AND offset < ?', log.target_id, to);
    return true;
  }

  markSealed(target: TargetId): void {
    this.#sql.exec('UPDATE job SET log_sealed = 1 WHERE target_id = ?', target);
    this.#states.delete(target);
  }
}
