import { describe, expect, it } from 'vitest';
import { findMatches, firstMatchFrom, matcherOf, matchesOfLine } from './find-matches.ts';
import { LineBuffer, type LogLine } from './line-buffer.ts';
import { RowIndex } from './row-index.ts';
import { segmentsOf } from './row-segments.ts';
import { PLAIN } from './style.ts';

const linesOf = (text: string): readonly LogLine[] => {
  const buffer = new LineBuffer();
  buffer.take({ stream: 'stdout', offset: 0, text });
  return buffer.lines;
};

describe('rows', () => {
  it('without wrapping are the lines', () => {
    const lines = linesOf('one\ntwo\n\nfour');
    const index = new RowIndex(null);
    index.update(lines, 0);
    expect(index.rowCount).toBe(4);
    expect(index.rows(lines, 1, 3)).toEqual([
      { line: 1, from: 0, to: 3 },
      { line: 2, from: 0, to: 0 },
    ]);
  });

  it('wrapped, take every character once and an empty line one row', () => {
    const lines = linesOf('abcdefgh\n\nij');
    const index = new RowIndex(3);
    index.update(lines, 0);
    const rows = index.rows(lines, 0, 99);
    expect(rows.map((row) => (lines[row.line]?.text ?? '').slice(row.from, row.to))).toEqual([
      'abc',
      'def',
      'gh',
      '',
      'ij',
    ]);
    expect(index.rowOf(0, 7)).toBe(2);
    expect(index.firstRowOf(2)).toBe(4);
  });

  it('never cut a character in two', () => {
    const lines = linesOf('ab🦊cd');
    const index = new RowIndex(3);
    index.update(lines, 0);
    const rows = index.rows(lines, 0, 99).map((row) => (lines[row.line]?.text ?? '').slice(row.from, row.to));
    expect(rows.join('')).toBe('ab🦊cd');
    expect(rows.every((row) => row.isWellFormed())).toBe(true);
  });

  it('taken up bit by bit are the same as all at once', () => {
    const buffer = new LineBuffer();
    const grown = new RowIndex(5);
    let offset = 0;
    for (const text of ['one li', 'ne that is long\ntwo', '\n', 'three and more', ' of it']) {
      const known = buffer.lines.length;
      buffer.take({ stream: 'stdout', offset, text });
      offset += text.length;
      grown.update(buffer.lines, Math.max(0, known - 1));
    }
    const whole = new RowIndex(5);
    whole.update(buffer.lines, 0);
    expect(grown.rowCount).toBe(whole.rowCount);
    expect(grown.rows(buffer.lines, 0, 99)).toEqual(whole.rows(buffer.lines, 0, 99));
  });
});

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

describe('segments', () => {
  it('lose no character, whatever styles and matches cut', () => {
    const [line] = linesOf('\u001b[31mred and \u001b[1mbold\u001b[0m end');
    if (line === undefined) throw new Error('no line');
    const matches = findMatches([line], /d/g, 0);
    for (let from = 0; from < line.text.length; from++)
      for (let to = from; to <= line.text.length; to++)
        expect(
          segmentsOf(line, from, to, matches, null)
            .map((segment) => segment.text)
            .join(''),
        ).toBe(line.text.slice(from, to));
  });

  it('mark the match that one stands on', () => {
    const [line] = linesOf('a b a');
    if (line === undefined) throw new Error('no line');
    const matches = findMatches([line], /a/g, 0);
    const current = matches[1] ?? null;
    expect(segmentsOf(line, 0, 5, matches, current)).toEqual([
      { text: 'a', style: PLAIN, mark: 'match' },
      { text: ' b ', style: PLAIN, mark: 'none' },
      { text: 'a', style: PLAIN, mark: 'current' },
    ]);
  });
});
