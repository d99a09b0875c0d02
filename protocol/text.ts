/** Small schemas for text that more than one message carries. */
import { z } from 'zod';

/** Not more than `most` characters of a text from its beginning; one that takes two places is not torn. */
export const beginningOf = (text: string, most: number): string => text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');

/** A name that a person gives: one line, trimmed, not empty. */
export const Name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must be at most 200 characters')
  .regex(/^[^\p{Cc}]*$/u, 'must be one line without control characters');

export const Description = z.string().trim().max(2000, 'must be at most 2000 characters');

/** ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
export const Instant = z.iso.datetime();

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');

export const LabelKey = z
  .string()
  .regex(
    /^[a-zA-Z0-9](?:[a-zA-Z0-9._/-]{0,61}[a-zA-Z0-9])?$/,
    'must be 1 to 63 letters, digits, dots, dashes, underscores or slashes',
  );
export const LabelValue = z
  .string()
  .max(200, 'must be at most 200 characters')
  .regex(/^[^\p{Cc}]*$/u, 'must be one line');
export const Labels = z
  .record(LabelKey, LabelValue)
  .refine((labels) => Object.keys(labels).length <= 64, 'at most 64 labels');
export type Labels = z.infer<typeof Labels>;

/** Names that a process environment takes on every platform. */
export const EnvironmentName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    'the name must be letters, digits and underscores, not starting with a digit',
  );
export const EnvironmentText = z
  .string()
  .max(32_768, 'must be at most 32768 characters')
  .refine((value) => !value.includes('\0'), 'must not contain NUL');
export const Environment = z
  .record(EnvironmentName, EnvironmentText)
  .refine((env) => Object.keys(env).length <= 200, 'at most 200 variables');

export const HttpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(2048, 'must be at most 2048 characters');
