/** Which bytes of a file a request asks for: `Range`, `If-Range` and `If-None-Match` as RFC 9110 reads them. Pure. */

export type ByteRange = { offset: number; length: number };

export type Selection =
  | { kind: 'whole' }
  | { kind: 'part'; range: ByteRange }
  | { kind: 'not_modified' }
  | { kind: 'unsatisfiable' };

const whole: Selection = { kind: 'whole' };
const unsatisfiable: Selection = { kind: 'unsatisfiable' };

const suffix = (count: number, size: number): Selection => {
  if (count === 0) return unsatisfiable;
  const length = Math.min(count, size);
  return length === 0 ? whole : { kind: 'part', range: { offset: size - length, length } };
};

const fromTo = (first: number, last: number, size: number): Selection => {
  if (last < first) return whole;
  if (first >= size) return unsatisfiable;
  return { kind: 'part', range: { offset: first, length: Math.min(last, size - 1) - first + 1 } };
};

/** Several ranges at once, other units and what cannot be read are ignored, as the standard allows: the answer is the whole. */
export const parseRange = (header: string | null, size: number): Selection => {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  if (match === null) return whole;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? whole : suffix(Number(last), size);
  return fromTo(Number(first), last === '' ? Number.POSITIVE_INFINITY : Number(last), size);
};

/** `If-None-Match` compares weakly: a proxy may have made the tag weak, and the bytes are the same still. */
const holdsTag = (header: string, tag: string): boolean =>
  header.split(',').some((candidate) => {
    const text = candidate.trim();
    return text === '*' || text === tag || text === `W/${tag}`;
  });

export const selectBytes = (headers: Headers, tag: string, size: number): Selection => {
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== null && holdsTag(ifNoneMatch, tag)) return { kind: 'not_modified' };
  const ifRange = headers.get('if-range');
  // Only the very same tag lets a range continue what the client has; a date never does, as none is sent.
  if (ifRange !== null && ifRange.trim() !== tag) return whole;
  return parseRange(headers.get('range'), size);
};
