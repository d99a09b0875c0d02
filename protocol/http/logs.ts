/** A target's output by lines, and search in it. Lines are numbered from 0; what a line is, is in `log-lines.ts`. */
import { z } from 'zod';
import { LogStream } from '../agent/to-server.ts';

/** One answer: a few screens. More lines are more requests, so that none of them is slow. */
export const MAX_LOG_LINES = 2000;
const DEFAULT_LOG_LINES = 500;

export const MAX_LOG_MATCHES = 1000;
const DEFAULT_LOG_MATCHES = 200;

const lineNumber = z.coerce.number().int().min(0);
const flag = z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] });

/** From line `from` on, or those that end before line `before`, or with `tail` the last ones. */
export const LogLinesQuery = z
  .object({
    from: lineNumber.optional(),
    before: lineNumber.optional(),
    tail: flag.optional(),
    limit: z.coerce.number().int().min(1).max(MAX_LOG_LINES).default(DEFAULT_LOG_LINES),
  })
  .refine(({ from, before, tail }) => [from, before, tail].filter((one) => one !== undefined).length <= 1, {
    error: 'give one of from, before and tail',
  });
export type LogLinesQuery = z.infer<typeof LogLinesQuery>;

export const LogLineAnswer = z.object({
  /** The byte of the log at which the line begins. */
  offset: z.int(),
  stream: LogStream,
  /** As it was written, escape sequences included, without the line break. */
  text: z.string(),
  /** False for a line that is cut because it is too long, that another stream ended, or that is still open. */
  newline: z.boolean(),
});

const extent = {
  /** Lines that have begun so far. */
  total_lines: z.int(),
  /** Whether nothing more will come. */
  complete: z.boolean(),
};

export const LogLines = z.object({
  first_line: z.int(),
  lines: z.array(LogLineAnswer),
  ...extent,
  /** Where the log ends now, in bytes: a tail from here goes on after the last of all lines. */
  end_offset: z.int(),
});
export type LogLines = z.infer<typeof LogLines>;

export const LogSearchQuery = z.object({
  /** Plain text in one line. */
  q: z
    .string()
    .min(1)
    .max(500, 'must be at most 500 characters')
    .regex(/^[^\r\n]*$/, 'must be one line'),
  case_sensitive: flag.default(false),
  from_line: lineNumber.default(0),
  /** Lines with a match. */
  limit: z.coerce.number().int().min(1).max(MAX_LOG_MATCHES).default(DEFAULT_LOG_MATCHES),
});
export type LogSearchQuery = z.infer<typeof LogSearchQuery>;

export const LogMatch = z.object({
  line: z.int(),
  offset: z.int(),
  /** What the line shows, without escape sequences; a long one is cut around its first match, and `text_from` says where. */
  text: z.string(),
  text_from: z.int(),
  /** Each match as begin and end in the shown text of the whole line, counted in UTF-16 units. */
  ranges: z.array(z.tuple([z.int(), z.int()])),
});
export type LogMatch = z.infer<typeof LogMatch>;

export const LogSearch = z.object({
  matches: z.array(LogMatch),
  /** Where the search goes on; null when all lines so far have been searched. */
  next_line: z.int().nullable(),
  ...extent,
});
export type LogSearch = z.infer<typeof LogSearch>;
