import { expect, it } from 'vitest';
import { UPLOAD_PART_BYTES } from '#protocol/limits.ts';
import { describeParts, missingParts, partCount, partLength, receivedBytes } from './upload-parts.ts';

it.each([
  [1, [1]],
  [UPLOAD_PART_BYTES, [UPLOAD_PART_BYTES]],
  [UPLOAD_PART_BYTES + 1, [UPLOAD_PART_BYTES, 1]],
  [UPLOAD_PART_BYTES * 2 - 1, [UPLOAD_PART_BYTES, UPLOAD_PART_BYTES - 1]],
])('cuts %d bytes into parts that add up', (size, lengths) => {
  expect(partCount(size)).toBe(lengths.length);
  expect(lengths.map((_, index) => partLength(size, index + 1))).toEqual(lengths);
});

it('has no part before the first and none after the last', () => {
  expect(partLength(10, 0)).toBeNull();
  expect(partLength(10, 2)).toBeNull();
});

it('names the parts that are missing', () => {
  const size = UPLOAD_PART_BYTES * 4;
  expect(missingParts(size, [{ number: 4 }, { number: 2 }])).toEqual([1, 3]);
  expect(
    missingParts(
      size,
      [1, 2, 3, 4].map((number) => ({ number })),
    ),
  ).toEqual([]);
});

it('counts what parts have arrived, the last of them shorter', () => {
  const size = UPLOAD_PART_BYTES * 2 + 5;
  expect(receivedBytes(size, 0, null)).toBe(0);
  expect(receivedBytes(size, 1, 2)).toBe(UPLOAD_PART_BYTES);
  expect(receivedBytes(size, 1, 3)).toBe(5);
  expect(receivedBytes(size, 3, 3)).toBe(size);
  expect(receivedBytes(UPLOAD_PART_BYTES, 1, 1)).toBe(UPLOAD_PART_BYTES);
});

it('describes runs of parts', () => {
  expect(describeParts([1, 2, 3, 5, 7, 8])).toBe('1-3, 5, 7-8');
  expect(describeParts([])).toBe('');
});
