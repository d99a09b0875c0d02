/** A target's output a part at a time: from its host while it has it, from R2 afterwards. */
import type { HostRpc, LogPlace } from '#durable-objects/host/host-rpc.ts';
import { type ArchivedSegment, archivedFrames, archiveIndex, readSegment } from '#durable-objects/host/log-archive.ts';
import { placePieces } from '#durable-objects/host/log-pieces.ts';
import type { LogFrame } from '#durable-objects/host/log-segment.ts';
import type { LogPiece } from '#protocol/agent/to-server.ts';
import type { TargetId } from '#protocol/ids.ts';
import { type LineState, LOG_START } from '#protocol/log-lines.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

export type LogSource = {
  host: HostRpc;
  bucket: R2Bucket;
  target: TargetId;
  /** Where R2 has it. */
  prefix: string;
  /** Whether a log that its host does not know is over, and not still to come. */
  ended: boolean;
};

/** Pieces that follow each other from `offset` on. */
export type LogRun = { offset: number; next_offset: number; pieces: readonly LogPiece[] };

type Part = Extract<LogPlace, { kind: 'found' }>['part'];

const runOf = async (bucket: R2Bucket, part: Exclude<Part, { kind: 'end' }>): Promise<LogRun> => ({
  offset: part.offset,
  next_offset: part.next_offset,
  pieces: part.kind === 'pieces' ? part.pieces : (await readSegment(bucket, part.key)).flatMap((frame) => frame.pieces),
});

const runOfFrames = (frames: readonly LogFrame[], offset: number): LogRun => ({
  offset: frames[0]?.offset ?? offset,
  next_offset: frames.at(-1)?.next_offset ?? offset,
  pieces: frames.flatMap((frame) => frame.pieces),
});

/** Everything from the part that holds `offset` on. */
export async function* runsFrom(source: LogSource, from: number): AsyncGenerator<LogRun> {
  const { host, bucket, target, prefix } = source;
  let offset = from;
  for (;;) {
    const part = await host.readLog({ target_id: target, offset });
    if (part.kind === 'end') return;
    if (part.kind === 'unknown') {
      for await (const frames of archivedFrames(bucket, prefix, offset)) yield runOfFrames(frames, offset);
      return;
    }
    yield await runOf(bucket, part);
    offset = part.next_offset;
  }
}

export type LogExtent = { total_lines: number; end_offset: number; complete: boolean };

/** How a reader stands where the first of `runs` begins, which holds the beginning of the line that was asked for. */
export type Located = { extent: LogExtent; state: LineState; offset: number; runs: AsyncGenerator<LogRun> };

/** Up to `end` and not further: output that comes while one reads is no part of the answer. */
async function* following(source: LogSource, part: Part, end: number): AsyncGenerator<LogRun> {
  if (part.kind === 'end') return;
  const first = await runOf(source.bucket, part);
  yield endingAt(first, end);
  if (first.next_offset >= end) return;
  for await (const run of runsFrom(source, first.next_offset)) {
    yield endingAt(beginningAt(run, first.next_offset), end);
    if (run.next_offset >= end) return;
  }
}

/** Parts may have been moved and joined meanwhile, so that one begins before the last one ended. */
const beginningAt = (run: LogRun, start: number): LogRun =>
  run.offset >= start ? run : { ...run, offset: start, pieces: placePieces(run.pieces, run.offset, start) };

const endingAt = (run: LogRun, end: number): LogRun => {
  if (run.next_offset <= end) return run;
  const pieces: LogPiece[] = [];
  let offset = run.offset;
  for (const piece of run.pieces) {
    const bytes = encoder.encode(piece.text);
    if (offset + bytes.length > end) {
      const text = decoder.decode(bytes.subarray(0, end - offset));
      if (text !== '') pieces.push({ stream: piece.stream, text });
      break;
    }
    pieces.push(piece);
    offset += bytes.length;
  }
  return { offset: run.offset, next_offset: end, pieces };
};

/** Reads nothing yet but what says where the line is. Negative lines count from the end. */
export const locateLine = async (source: LogSource, line: number): Promise<Located> => {
  const place = await source.host.findLogLine({ target_id: source.target, line });
  if (place.kind === 'unknown') return locateArchived(source, line);
  const { part, state, total_lines, end_offset, complete } = place;
  return {
    extent: { total_lines, end_offset, complete },
    state,
    offset: part.offset,
    runs: following(source, part, end_offset),
  };
};

const locateArchived = async (source: LogSource, line: number): Promise<Located> => {
  const segments = await archiveIndex(source.bucket, source.prefix);
  const last = segments.at(-1);
  const total = last?.lines ?? 0;
  const extent = { total_lines: total, end_offset: last?.next_offset ?? 0, complete: source.ended };
  const wanted = line < 0 ? Math.max(0, total + line) : line;
  const index = segments.findIndex((segment) => segment.lines > wanted);
  const first = segments[index];
  const rest = index < 0 ? [] : segments.slice(index);
  return { extent, state: first?.start ?? LOG_START, offset: first?.offset ?? 0, runs: segmentRuns(source, rest) };
};

async function* segmentRuns(source: LogSource, segments: readonly ArchivedSegment[]): AsyncGenerator<LogRun> {
  for (const { key, offset, next_offset } of segments)
    yield await runOf(source.bucket, { kind: 'segment', key, offset, next_offset });
}
