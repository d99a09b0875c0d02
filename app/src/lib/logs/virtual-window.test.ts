import { describe, expect, it } from 'vitest';
import { topOf, windowOf } from './virtual-window.ts';

const list = { count: 1000, rowHeight: 20, viewportHeight: 200, overscan: 0 };

describe('virtual window', () => {
  const table: [string, number, number, number][] = [
    ['at the top', 0, 0, 11],
    ['in the middle of a row', 30, 1, 12],
    ['at the bottom', 19_800, 990, 1000],
    ['scrolled beyond the end', 1_000_000, 990, 1000],
    ['pulled above the start', -50, 0, 11],
  ];
  for (const [name, scrollTop, start, end] of table)
    it(`draws what is seen ${name}`, () => expect(windowOf({ ...list, scrollTop })).toMatchObject({ start, end }));

  it('draws some rows more at each side, but none that do not exist', () => {
    expect(windowOf({ ...list, overscan: 5, scrollTop: 40 })).toMatchObject({ start: 0, end: 18 });
  });

  it('draws nothing of an empty list', () => {
    expect(windowOf({ ...list, count: 0, scrollTop: 100 })).toEqual({
      start: 0,
      end: 0,
      before: 0,
      after: 0,
      total: 0,
    });
  });

  it('keeps the whole height, wherever one stands and whatever is unfolded', () => {
    const extras = [
      { index: 3, height: 70 },
      { index: 500, height: 130 },
    ];
    for (let scrollTop = 0; scrollTop < 20_200; scrollTop += 37) {
      const seen = windowOf({ ...list, extras, scrollTop });
      const drawn = topOf(seen.end, 20, extras) - topOf(seen.start, 20, extras);
      expect(seen.before + drawn + seen.after).toBe(20_200);
      const visibleFrom = Math.min(scrollTop, 20_000);
      expect(topOf(seen.start, 20, extras)).toBeLessThanOrEqual(visibleFrom);
      expect(topOf(seen.end, 20, extras)).toBeGreaterThanOrEqual(Math.min(20_200, visibleFrom + 200));
    }
  });

  it('draws an unfolded row as long as any of it is seen', () => {
    const extras = [{ index: 3, height: 500 }];
    expect(windowOf({ ...list, extras, scrollTop: 300 }).start).toBe(3);
    expect(windowOf({ ...list, extras, scrollTop: 581 }).start).toBe(4);
  });
});
