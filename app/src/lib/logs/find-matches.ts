/** Search in the lines that are loaded: plain text, upper and lower case alike. */
import type { LogLine } from './line-buffer.ts';

export interface Match {
  line: number;
  from: number;
  to: number;
}

/** Nobody steps through more, and a search for "e" must not fill the memory. */
export const MAX_MATCHES = 10_000;

const escapeForRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

export const matcherOf = (needle: string): RegExp | null =>
  needle === '' ? null : new RegExp(escapeForRegExp(needle), 'gi');

/** Matches from line `first` on, at most `room` of them. */
export const findMatches = (lines: readonly LogLine[], matcher: RegExp, first: number, room = MAX_MATCHES): Match[] => {
  const matches: Match[] = [];
  for (let line = first; line < lines.length && matches.length < room; line++) {
    for (const match of (lines[line]?.text ?? '').matchAll(matcher)) {
      if (matches.length >= room) break;
      matches.push({ line, from: match.index, to: match.index + match[0].length });
    }
  }
  return matches;
};

/** Index of the first match at or after a line; that is where stepping begins. */
export const firstMatchFrom = (matches: readonly Match[], line: number): number => {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((matches[middle]?.line ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
};

export const matchesOfLine = (matches: readonly Match[], line: number): Match[] => {
  const found: Match[] = [];
  for (let index = firstMatchFrom(matches, line); index < matches.length; index++) {
    const match = matches[index];
    if (match === undefined || match.line !== line) break;
    found.push(match);
  }
  return found;
};
