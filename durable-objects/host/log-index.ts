/**
 * Where lines are in a log, of what its host has: which frames or which segment hold the beginning of a line. Each row says how
 * many lines have begun before its end, so a line is found by one look at the rows, and read from one place.
 */
import { z } from 'zod';
import { LogStream } from '#protocol/agent/to-server.ts';
import type { TargetId } from '#protocol/ids.ts';
import { type LineState, LOG_START } from '#protocol/log-lines.ts';

/** Columns of both tables that say where a row ends. */
export const LINE_COLUMNS = 'lines, open_bytes, open_stream';

const LineRow = z
  .object({ lines: z.number(), open_bytes: z.number(), open_stream: LogStream.nullable() })
  .transform(({ lines, open_bytes, open_stream }): LineState => ({ lines, length: open_bytes, stream: open_stream }));

const Place = z.object({ offset: z.number() });

export const lineValues = ({ lines, length, stream }: LineState): [number, number, string | null] => [
  lines,
  length,
  stream,
];

/** How a reader stands at an offset at which a row begins: as the row before it ends. */
export const stateBefore = (sql: SqlStorage, target: TargetId, offset: number): LineState => {
  const [row] = sql
    .exec(
      `SELECT ${LINE_COLUMNS} FROM (
         SELECT * FROM (SELECT next_offset, ${LINE_COLUMNS} FROM log_frame
           WHERE target_id = ?1 AND offset < ?2 ORDER BY offset DESC LIMIT 1)
         UNION ALL
         SELECT * FROM (SELECT next_offset, ${LINE_COLUMNS} FROM log_segment
           WHERE target_id = ?1 AND offset < ?2 ORDER BY offset DESC LIMIT 1)
       ) ORDER BY next_offset DESC LIMIT 1`,
      target,
      offset,
    )
    .toArray();
  return row === undefined ? LOG_START : LineRow.parse(row);
};

/** The offset of the first row in which more than `line` lines have begun; null when no row has that many. */
export const offsetOfLine = (sql: SqlStorage, target: TargetId, line: number): number | null => {
  for (const table of ['log_segment', 'log_frame']) {
    const [row] = sql
      .exec(`SELECT offset FROM ${table} WHERE target_id = ? AND lines > ? ORDER BY offset LIMIT 1`, target, line)
      .toArray();
    if (row !== undefined) return Place.parse(row).offset;
  }
  return null;
};
