import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogLine } from '#protocol/log-lines.ts';
import { outputPieces, slowLines } from '#protocol/testing/output.ts';
import { LiveLines } from './live-lines.ts';

const encoder = new TextEncoder();

const collect = (live: LiveLines, into: LogLine[]): void => {
  const { first, lines } = live.drain();
  into.splice(first, lines.length, ...lines);
};

describe('live lines', () => {
  it('go on exactly where a fetched page ended, also in the middle of a line', () => {
    fc.assert(
      fc.property(outputPieces, fc.nat(), (pieces, at) => {
        const cut = at % (pieces.length + 1);
        const known = slowLines(pieces.slice(0, cut));
        const open = known.at(-1);
        let offset = pieces.slice(0, cut).reduce((sum, piece) => sum + encoder.encode(piece.text).length, 0);
        const live = new LiveLines(known.length, offset, open === undefined || open.newline ? null : open);
        const lines = [...known];
        for (const piece of pieces.slice(cut)) {
          expect(live.take({ ...piece, offset })).toBe('taken');
          offset += encoder.encode(piece.text).length;
          collect(live, lines);
        }
        expect(lines).toEqual(slowLines(pieces));
      }),
      { numRuns: 100 },
    );
  });

  it('take what is new of a frame that overlaps, nothing of one seen before, and none that leaves a gap', () => {
    const live = new LiveLines(0, 0, null);
    expect(live.take({ stream: 'stdout', offset: 0, text: 'ünd\n' })).toBe('taken');
    expect(live.take({ stream: 'stdout', offset: 0, text: 'ünd\n' })).toBe('known');
    expect(live.take({ stream: 'stdout', offset: 9, text: 'far' })).toBe('gap');
    expect(live.take({ stream: 'stdout', offset: 2, text: 'nd\nmore' })).toBe('taken');
    expect(live.end).toBe(9);
    expect(live.drain().lines.map(({ text }) => text)).toEqual(['ünd', 'more']);
  });

  it('hand over a line again for as long as it grows', () => {
    const live = new LiveLines(0, 0, null);
    live.take({ stream: 'stdout', offset: 0, text: 'one\ntw' });
    expect(live.drain()).toMatchObject({ first: 0, lines: [{ text: 'one' }, { text: 'tw', newline: false }] });
    live.take({ stream: 'stdout', offset: 6, text: 'o\n' });
    expect(live.drain()).toMatchObject({ first: 1, lines: [{ text: 'two', newline: true }] });
  });
});
