/** Which bytes of a file go up in which part. The server says how large a part is; the last one takes what is left. */
export interface Part {
  /** From 1, as the address of the part counts. */
  number: number;
  start: number;
  end: number;
}

export const planParts = (size: number, partSize: number): Part[] => {
  if (!Number.isSafeInteger(partSize) || partSize < 1) throw new RangeError('a part holds at least one byte');
  const count = Math.ceil(size / partSize);
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    start: index * partSize,
    end: Math.min(size, (index + 1) * partSize),
  }));
};
