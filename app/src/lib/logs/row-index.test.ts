import { describe, expect, it } from 'vitest';
import { LineBuffer } from './line-buffer.ts';
import { RowIndex } from './row-index.ts';
import { linesOf } from './test-lines.ts';

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
