/**
 * A part of a log as R2 keeps it: a line of JSON for each frame under a key that ends with the offset, so that a listing of the
 * prefix is in order. Its metadata say which lines begin in it, so that a listing is also the index of the whole log.
 */
import { z } from 'zod';
import { LogPiece, LogStream } from '#protocol/agent/to-server.ts';
import type { LineState } from '#protocol/log-lines.ts';

export type LogFrame = { offset: number; next_offset: number; pieces: LogPiece[] };

/** `start` is how a reader stands where the segment begins; `lines` have begun before its end. */
export type SegmentIndex = { offset: number; next_offset: number; start: LineState; lines: number };

export const segmentKey = (prefix: string, offset: number): string =>
  `${prefix}${String(offset).padStart(15, '0')}.ndjson`;

export const segmentBody = (frames: readonly LogFrame[]): string =>
  frames.map((frame) => `${JSON.stringify(frame)}\n`).join('');

const StoredFrame = z.object({ offset: z.number(), next_offset: z.number(), pieces: z.array(LogPiece) });

/** The frames of a segment as R2 keeps it. */
export const parseSegment = (text: string): LogFrame[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => StoredFrame.parse(JSON.parse(line)));

export const segmentMetadata = ({ offset, next_offset, start, lines }: SegmentIndex): Record<string, string> => ({
  offset: String(offset),
  next_offset: String(next_offset),
  first_lines: String(start.lines),
  open_bytes: String(start.length),
  open_stream: start.stream ?? '',
  lines: String(lines),
});

const count = z.coerce.number().int().min(0);
const Metadata = z.object({
  offset: count,
  next_offset: count,
  first_lines: count,
  open_bytes: count,
  open_stream: z.union([LogStream, z.literal('').transform(() => null)]),
  lines: count,
});

export const readSegmentMetadata = (metadata: unknown): SegmentIndex => {
  const { offset, next_offset, first_lines, open_bytes, open_stream, lines } = Metadata.parse(metadata);
  return { offset, next_offset, start: { lines: first_lines, length: open_bytes, stream: open_stream }, lines };
};
