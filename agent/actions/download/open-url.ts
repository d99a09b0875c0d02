/** A GET of a URL that someone outside gave: http and https only, at every redirect. */
export type OpenedUrl = { type: 'response'; response: Response } | { type: 'invalid'; message: string };

const MAX_REDIRECTS = 10;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const parseHttpUrl = (text: string, base?: URL): URL | null => {
  try {
    const url = new URL(text, base);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
};

/** `fetch` refuses a name and password in the URL; they go into a header instead, and not to another origin. */
export const credentialsOf = (url: URL): Record<string, string> => {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
};

export const withoutCredentials = (url: URL): URL => {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain;
};

/** The address as it may be shown: without credentials and query, which often hold secrets. */
export const shownUrl = (text: string): string => {
  const url = parseHttpUrl(text);
  return url === null ? 'the given address' : `${url.origin}${url.pathname}`;
};

const rangeHeaders = (offset: number, validator: string | null): Record<string, string> => ({
  // Compression on the way would make ranges count other bytes than those we keep.
  'accept-encoding': 'identity',
  ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
  ...(offset > 0 && validator !== null ? { 'if-range': validator } : {}),
});

export const openUrl = async (
  address: string,
  options: { offset: number; validator: string | null; signal: AbortSignal },
): Promise<OpenedUrl> => {
  let url = parseHttpUrl(address);
  if (url === null) return { type: 'invalid', message: 'only http and https addresses are downloaded' };
  const range = rangeHeaders(options.offset, options.validator);
  let credentials = credentialsOf(url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const headers = { ...range, ...credentials };
    const response = await fetch(withoutCredentials(url), { headers, redirect: 'manual', signal: options.signal });
    const location = response.headers.get('location');
    if (!redirects.has(response.status) || location === null) return { type: 'response', response };
    await response.body?.cancel();
    const next = parseHttpUrl(location, url);
    if (next === null)
      return { type: 'invalid', message: `${shownUrl(address)} redirects to something that is not http or https` };
    if (next.origin !== url.origin) credentials = credentialsOf(next);
    url = next;
  }
  return { type: 'invalid', message: `${shownUrl(address)} redirects more than ${MAX_REDIRECTS} times` };
};
