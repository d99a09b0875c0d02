import { describe, expect, it } from 'vitest';
import type { LogLine } from '#protocol/log-lines.ts';
import { LinePages, PAGE_LINES } from './line-pages.ts';
import { PLAIN } from './style.ts';

const line = (text: string, change: Partial<LogLine> = {}): LogLine => ({
  offset: 0,
  stream: 'stdout',
  text,
  newline: true,
  ...change,
});
const numbered = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => line(`line ${first + index}`));
const red = { kind: 'palette', index: 1 } as const;

describe('lines that a view holds', () => {
  it('are found by number, and what is not there is one request', () => {
    const pages = new LinePages();
    pages.total = 1_000_000;
    pages.put(999_990, numbered(999_990, 10));
    expect(pages.line(999_995)?.text).toBe('line 999995');
    expect(pages.missing(999_990, 1_000_000)).toBeNull();
    expect(pages.missing(500_000, 500_040)).toEqual({ from: 500_000, limit: PAGE_LINES });
    expect(pages.missing(999_980, 999_995)).toEqual({ from: 999_490, limit: PAGE_LINES });
  });

  it('stay few, and near to what is looked at, while a million go by', () => {
    const pages = new LinePages({ pages: 5, characters: 1e9 });
    for (let first = 0; first < 1_000_000; first += PAGE_LINES) {
      pages.put(first, numbered(first, PAGE_LINES));
      pages.forgetFarFrom(1200);
    }
    expect(pages.total).toBe(1_000_000);
    expect(pages.heldLines).toBeLessThanOrEqual(5 * PAGE_LINES);
    expect(pages.line(1200)?.text).toBe('line 1200');
  });

  it('are bounded by their text as well', () => {
    const pages = new LinePages({ pages: 1000, characters: 100_000 });
    for (let first = 0; first < 20 * PAGE_LINES; first += PAGE_LINES) {
      pages.put(
        first,
        Array.from({ length: PAGE_LINES }, () => line('x'.repeat(100))),
      );
      pages.forgetFarFrom(first);
    }
    expect(pages.heldLines).toBeLessThanOrEqual(3 * PAGE_LINES);
  });

  it('carry colors on, also into lines that were there first', () => {
    const pages = new LinePages();
    pages.put(1, [line('second'), line('third\u001b[0m'), line('fourth')]);
    expect(pages.line(1)?.runs).toBeNull();
    pages.put(0, [line('\u001b[31mfirst')]);
    expect(pages.line(1)?.runs?.[0]?.style.color).toEqual(red);
    expect(pages.line(2)?.runs?.[0]?.style.color).toEqual(red);
    expect(pages.line(3)?.after).toBe(PLAIN);
  });

  it('of one stream leave the colors of another alone', () => {
    const pages = new LinePages();
    pages.put(0, [line('\u001b[31mone'), line('two', { stream: 'stderr' }), line('three')]);
    expect(pages.line(1)?.runs).toBeNull();
    expect(pages.line(2)?.runs?.[0]?.style.color).toEqual(red);
  });

  it('that were cut inside an escape sequence show nothing of it', () => {
    const pages = new LinePages();
    pages.put(0, [line('one\u001b[3', { newline: false }), line('1mtwo')]);
    expect(pages.line(0)?.text).toBe('one');
    expect(pages.line(1)).toMatchObject({ text: 'two', continued: true });
  });

  it('are not replaced by an older and shorter state of theirs', () => {
    const pages = new LinePages();
    pages.put(0, [line('whole')]);
    pages.put(0, [line('who', { newline: false })]);
    expect(pages.line(0)?.text).toBe('whole');
  });
});
