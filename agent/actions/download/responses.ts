/** What an answer to a (ranged) GET means; pure. */

export type Answer =
  /** The whole content, from its first byte. */
  | { type: 'whole' }
  /** The rest, from the byte that was asked for. */
  | { type: 'rest' }
  /** What we have does not fit what the server has: begin anew. */
  | { type: 'restart'; message: string }
  | { type: 'retry'; message: string }
  | { type: 'fail'; message: string };

const rangeStart = (header: string | null): number | null => {
  const match = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(header ?? '');
  return match?.[1] === undefined ? null : Number(match[1]);
};

/** Refusals that pass by themselves; every other 4xx would be the same again. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

export const classifyAnswer = (status: number, contentRange: string | null, offset: number): Answer => {
  if (status === 200) return { type: 'whole' };
  if (status === 206 && rangeStart(contentRange) === offset) return { type: 'rest' };
  if (offset > 0 && (status === 206 || status === 416))
    return { type: 'restart', message: `the server did not go on from byte ${offset}` };
  if (status >= 500 || passing.has(status)) return { type: 'retry', message: `the server answered ${status}` };
  return { type: 'fail', message: `the server answered ${status}` };
};

/** The size of the whole content as the answer tells it; null when it does not. */
export const announcedSize = (headers: Headers, offset: number): number | null => {
  const length = headers.get('content-length');
  if (length === null || !/^\d+$/.test(length) || isEncoded(headers)) return null;
  return offset + Number(length);
};

/** Compressed for the way: sizes and ranges then do not count bytes of the content. */
export const isEncoded = (headers: Headers): boolean => {
  const encoding = headers.get('content-encoding');
  return encoding !== null && encoding !== '' && encoding !== 'identity';
};

/** What tells one version of the content from another, fit for `If-Range`: strong ETags and dates only. */
export const validatorOf = (headers: Headers): string | null => {
  const etag = headers.get('etag');
  if (etag !== null) return etag.startsWith('W/') ? null : etag;
  return headers.get('last-modified');
};
