import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogPiece } from './agent/to-server.ts';
import { afterPieces, LineAssembler, LOG_START, type LogLine, MAX_LINE_BYTES } from './log-lines.ts';
import { outputPieces, slowLines } from './testing/output.ts';
import { utf8Length } from './utf8.ts';

const linesOf = (pieces: readonly LogPiece[]): LogLine[] => {
  const lines: LogLine[] = [];
  const assembler = new LineAssembler(LOG_START, 0, (line, number) => {
    expect(number).toBe(lines.length);
    lines.push(line);
  });
  for (const piece of pieces) assembler.push(piece);
  if (assembler.open !== null) lines.push(assembler.open);
  return lines;
};

const out = (text: string): LogPiece => ({ stream: 'stdout', text });

describe('LOG8 a line', () => {
  it('ends with a line break, and one without ends with the log', () => {
    expect(linesOf([out('one\ntw'), out('o\n\nthree')]).map(({ text, newline }) => [text, newline])).toEqual([
      ['one', true],
      ['two', true],
      ['', true],
      ['three', false],
    ]);
  });

  it('ends where another stream begins', () => {
    const lines = linesOf([out('half'), { stream: 'stderr', text: 'oops\n' }, out('other half\n')]);
    expect(lines.map(({ stream, text, offset }) => [stream, text, offset])).toEqual([
      ['stdout', 'half', 0],
      ['stderr', 'oops', 4],
      ['stdout', 'other half', 9],
    ]);
  });

  it('of exactly the greatest length is one line, and one character more begins the next', () => {
    const full = 'x'.repeat(MAX_LINE_BYTES);
    expect(linesOf([out(`${full}\nnext\n`)]).map(({ text }) => text.length)).toEqual([MAX_LINE_BYTES, 4]);
    expect(linesOf([out(`${full}y\n`)]).map(({ text }) => text.length)).toEqual([MAX_LINE_BYTES, 1]);
  });

  it('that is too long is cut between characters', () => {
    const lines = linesOf([out(`${'x'.repeat(MAX_LINE_BYTES - 1)}😀😀\n`)]);
    expect(lines.map(({ text }) => text.at(-1))).toEqual(['x', '\ude00']);
    expect(lines[1]?.text).toBe('😀😀');
  });

  it('is the same however the output was cut into pieces', () => {
    fc.assert(
      fc.property(outputPieces, (pieces) => {
        const expected = slowLines(pieces);
        expect(linesOf(pieces)).toEqual(expected);
        expect(afterPieces(LOG_START, pieces).lines).toBe(expected.length);
      }),
      { numRuns: 200 },
    );
  });

  it('can be counted from any place on', () => {
    fc.assert(
      fc.property(outputPieces, fc.nat(), (pieces, at) => {
        const cut = at % (pieces.length + 1);
        const middle = afterPieces(LOG_START, pieces.slice(0, cut));
        expect(afterPieces(middle, pieces.slice(cut))).toEqual(afterPieces(LOG_START, pieces));
        const begins = pieces.slice(0, cut).reduce((sum, piece) => sum + utf8Length(piece.text), 0);
        const found: [LogLine, number][] = [];
        const assembler = new LineAssembler(middle, begins, (line, number) => found.push([line, number]));
        for (const piece of pieces.slice(cut)) assembler.push(piece);
        const all = linesOf(pieces);
        for (const [line, number] of found) expect(all[number]).toEqual(line);
      }),
      { numRuns: 100 },
    );
  });
});

describe('utf8Length', () => {
  it('is what an encoder makes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });
});
