import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorAt, bottomOf, centeredOn, type Lines, movedBy, scrollTopOf, TOP } from './scroll-anchor.ts';

const ROW = 20;
const VIEW = 400;
const plain = (count: number): Lines => ({ count, heightOf: () => ROW });
/** Every third line takes four rows. */
const wrapped = (count: number): Lines => ({ count, heightOf: (line) => (line % 3 === 0 ? 4 * ROW : ROW) });

const pixels = ({ line, into }: { line: number; into: number }, lines: Lines): number => {
  let sum = into;
  for (let index = 0; index < line; index++) sum += lines.heightOf(index);
  return sum;
};

describe('the place that is shown', () => {
  it('moves by exactly as many pixels as it is told, within the ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(fc.integer({ min: -900, max: 900 })), (count, moves) => {
        const lines = wrapped(count);
        const end = pixels(bottomOf(lines, VIEW), lines);
        let anchor = TOP;
        let at = 0;
        for (const by of moves) {
          anchor = movedBy(anchor, by, lines, VIEW);
          at = Math.min(end, Math.max(0, at + by));
          expect(pixels(anchor, lines)).toBe(at);
        }
      }),
    );
  });

  it('is where the scroll bar is as long as that holds all pixels', () => {
    const lines = plain(1000);
    const track = 1000 * ROW;
    for (const top of [0, 7, 20, 333, 12_345, track - VIEW]) {
      const anchor = anchorAt(top, lines, VIEW, track);
      expect(pixels(anchor, lines)).toBeCloseTo(top, 5);
      expect(scrollTopOf(anchor, lines, VIEW, track)).toBeCloseTo(top, 5);
    }
  });

  it('comes back from the scroll bar of a list that is far taller than it', () => {
    const lines = plain(10_000_000);
    const track = 10_000_000;
    for (const line of [0, 1234, 5_000_000, 9_999_980]) {
      const top = scrollTopOf({ line, into: 0 }, lines, VIEW, track);
      expect(Math.abs(anchorAt(top, lines, VIEW, track).line - line)).toBeLessThanOrEqual(1);
    }
    expect(anchorAt(track - VIEW, lines, VIEW, track)).toEqual({ line: 9_999_980, into: 0 });
  });

  it('at the end has the last line at the lower edge, and the first at the top of a short list', () => {
    expect(bottomOf(plain(100), 390)).toEqual({ line: 80, into: 10 });
    expect(bottomOf(plain(3), VIEW)).toEqual(TOP);
    expect(bottomOf(plain(0), VIEW)).toEqual(TOP);
  });

  it('can be put around a line', () => {
    expect(centeredOn(50, 0, plain(100), VIEW)).toEqual({ line: 40, into: 0 });
    expect(centeredOn(1, 0, plain(100), VIEW)).toEqual(TOP);
    expect(centeredOn(99, 0, plain(100), VIEW)).toEqual({ line: 80, into: 0 });
  });
});
