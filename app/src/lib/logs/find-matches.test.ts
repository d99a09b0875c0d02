import { describe, expect, it } from 'vitest';
import { findMatches, firstMatchFrom, matcherOf, matchesOfLine } from './find-matches.ts';
import { linesOf } from './test-lines.ts';

describe('search', () => {
  const lines = linesOf('Error: one\nno\nerror (two) error');

  it('finds upper and lower case alike', () => {
    const matcher = matcherOf('ERROR');
    expect(matcher && findMatches(lines, matcher, 0)).toEqual([
      { line: 0, from: 0, to: 5 },
      { line: 2, from: 0, to: 5 },
      { line: 2, from: 12, to: 17 },
    ]);
  });

  it('takes signs for what they are', () => {
    const matcher = matcherOf('(two)');
    expect(matcher && findMatches(lines, matcher, 0)).toEqual([{ line: 2, from: 6, to: 11 }]);
  });

  it('stops where there is no more room', () => {
    const matcher = matcherOf('o');
    expect(matcher && findMatches(lines, matcher, 0, 2)).toHaveLength(2);
  });

  it('looks for nothing when nothing is asked', () => expect(matcherOf('')).toBeNull());

  it('knows the matches of a line and the first from a line on', () => {
    const matches = findMatches(lines, /error/gi, 0);
    expect(matchesOfLine(matches, 2)).toHaveLength(2);
    expect(matchesOfLine(matches, 1)).toHaveLength(0);
    expect(firstMatchFrom(matches, 1)).toBe(1);
  });
});
