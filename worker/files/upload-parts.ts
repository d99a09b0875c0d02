/** How a large upload is cut into parts: all of `UPLOAD_PART_BYTES` but the last, which has the rest. Pure. */
import { UPLOAD_PART_BYTES } from '#protocol/limits.ts';

export const partCount = (size: number): number => Math.ceil(size / UPLOAD_PART_BYTES);

/** Null for a part that the upload does not have. Parts count from 1. */
export const partLength = (size: number, number: number): number | null => {
  const count = partCount(size);
  if (number < 1 || number > count) return null;
  return number < count ? UPLOAD_PART_BYTES : size - UPLOAD_PART_BYTES * (count - 1);
};

export const missingParts = (size: number, received: readonly { number: number }[]): number[] => {
  const have = new Set(received.map(({ number }) => number));
  return Array.from({ length: partCount(size) }, (_, index) => index + 1).filter((number) => !have.has(number));
};

/** Of so many parts, up to this one: only the last of all may be shorter. */
export const receivedBytes = (size: number, count: number, lastPart: number | null): number => {
  const shorter = lastPart !== null && lastPart === partCount(size) ? partCount(size) * UPLOAD_PART_BYTES - size : 0;
  return count * UPLOAD_PART_BYTES - shorter;
};

/** Numbers for a person: `1-3, 5`. */
export const describeParts = (numbers: readonly number[]): string => {
  const runs: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run.last + 1 === number) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
};
