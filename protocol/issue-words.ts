/** What a schema takes, in plain words, where it says nothing of its own. */
import type { z } from 'zod';

type RawIssue = z.core.$ZodIssue;

/** How the library begins what it says by itself. */
const LIBRARY = /^(?:Too small|Too big|Invalid input|Invalid option)\b/;

const KINDS: Readonly<Record<string, string>> = {
  int: 'must be a whole number',
  number: 'must be a number',
  string: 'must be text',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
};

const bound = (origin: string, word: 'least' | 'most', limit: number | bigint): string => {
  if (origin === 'string') return `must have at ${word} ${limit} characters`;
  if (origin === 'array' || origin === 'set') return `must have at ${word} ${limit} entries`;
  return `must be at ${word} ${limit}`;
};

const isEmptyText = ({ origin, minimum }: { origin: string; minimum: number | bigint }): boolean =>
  origin === 'string' && Number(minimum) === 1;

const wordsFor = (issue: RawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return /received undefined$/.test(issue.message) ? 'is missing' : KINDS[issue.expected];
    case 'too_small':
      return isEmptyText(issue) ? 'must not be empty' : bound(issue.origin, 'least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, 'most', issue.maximum);
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    default:
      return undefined;
  }
};

export const plainWords = (issue: RawIssue): string =>
  LIBRARY.test(issue.message) ? (wordsFor(issue) ?? issue.message) : issue.message;
