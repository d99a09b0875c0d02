import { describe, expect, it } from 'vitest';
import { parseRange, selectBytes } from './byte-range.ts';

const part = (offset: number, length: number) => ({ kind: 'part', range: { offset, length } });
const whole = { kind: 'whole' };
const unsatisfiable = { kind: 'unsatisfiable' };

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', 10, part(0, 1)],
    ['bytes=0-9', 10, part(0, 10)],
    ['bytes=2-4', 10, part(2, 3)],
    ['bytes=4-', 10, part(4, 6)],
    ['bytes=4-400', 10, part(4, 6)],
    ['bytes=9-9', 10, part(9, 1)],
    ['bytes=-3', 10, part(7, 3)],
    ['bytes=-300', 10, part(0, 10)],
    ['BYTES = 1-2', 10, part(1, 2)],
    ['bytes=10-', 10, unsatisfiable],
    ['bytes=10-12', 10, unsatisfiable],
    ['bytes=99999999999999999999-', 10, unsatisfiable],
    ['bytes=-0', 10, unsatisfiable],
    ['bytes=0-', 0, unsatisfiable],
    ['bytes=-1', 0, whole],
    ['bytes=5-2', 10, whole],
    ['bytes=0-1,4-5', 10, whole],
    ['bytes=-', 10, whole],
    ['bytes=a-b', 10, whole],
    ['items=0-1', 10, whole],
    ['', 10, whole],
    [null, 10, whole],
  ])('reads %j of %d bytes', (header, size, expected) => {
    expect(parseRange(header, size)).toEqual(expected);
  });
});

describe('selectBytes', () => {
  const select = (headers: Record<string, string>) => selectBytes(new Headers(headers), '"tag"', 10);

  it.each([['"tag"'], ['W/"tag"'], ['"other", "tag"'], ['*']])(
    'finds If-None-Match: %s not modified, range or not',
    (value) => {
      expect(select({ 'if-none-match': value })).toEqual({ kind: 'not_modified' });
      expect(select({ 'if-none-match': value, range: 'bytes=0-1' })).toEqual({ kind: 'not_modified' });
    },
  );

  it('sends a file whose tag the client does not name', () => {
    expect(select({ 'if-none-match': '"other"' })).toEqual(whole);
  });

  it('continues with a range only when If-Range is the very same tag', () => {
    expect(select({ range: 'bytes=3-', 'if-range': '"tag"' })).toEqual(part(3, 7));
    expect(select({ range: 'bytes=3-', 'if-range': '"other"' })).toEqual(whole);
    expect(select({ range: 'bytes=3-', 'if-range': 'W/"tag"' })).toEqual(whole);
    expect(select({ range: 'bytes=30-', 'if-range': '"other"' })).toEqual(whole);
    expect(select({ range: 'bytes=3-', 'if-range': 'Wed, 21 Oct 2026 07:28:00 GMT' })).toEqual(whole);
  });
});
