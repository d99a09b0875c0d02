/** Which bytes of a file go up in which part, and which of them still have to. The server says how large a part is; the last one takes what is left. */
export interface Part {
  /** From 1, as the address of the part counts. */
  number: number;
  start: number;
  end: number;
}

/** A part that the server has. */
export interface ReceivedPart {
  number: number;
  size: number;
}

export interface UploadPlan {
  /** Nothing more to do for these. */
  arrived: Part[];
  send: Part[];
}

const cutIntoParts = (size: number, partSize: number): Part[] => {
  if (!Number.isSafeInteger(partSize) || partSize < 1) throw new RangeError('a part holds at least one byte');
  const count = Math.ceil(size / partSize);
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    start: index * partSize,
    end: Math.min(size, (index + 1) * partSize),
  }));
};

/** A part that is there with another length than the file gives it was cut for another file: it goes up again. */
export const planParts = (size: number, partSize: number, received: readonly ReceivedPart[]): UploadPlan => {
  const sizes = new Map(received.map((part) => [part.number, part.size]));
  const { arrived = [], send = [] } = Object.groupBy(cutIntoParts(size, partSize), ({ number, start, end }) =>
    sizes.get(number) === end - start ? 'arrived' : 'send',
  );
  return { arrived, send };
};
