/** Where a request carries its token: `Authorization: Bearer`, or the browser's session cookie. */
export const SESSION_COOKIE = 'deployx_session';

export const bearerToken = (request: Request): string | null =>
  /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;

export const cookieToken = (request: Request): string | null => {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === SESSION_COOKIE && value !== undefined && value.trim() !== '') return value.trim();
  }
  return null;
};

const isSecure = (request: Request): boolean => new URL(request.url).protocol === 'https:';

/** Scripts cannot read it, other sites' forms do not carry it. */
const cookie = (request: Request, value: string, maxAgeSeconds: number): string =>
  `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${isSecure(request) ? '; Secure' : ''}`;

export const sessionCookie = (request: Request, token: string, maxAgeSeconds: number): string =>
  cookie(request, token, maxAgeSeconds);

export const clearedCookie = (request: Request): string => cookie(request, '', 0);

const changes = (request: Request): boolean =>
  !['GET', 'HEAD', 'OPTIONS'].includes(request.method) || request.headers.get('upgrade') !== null;

const originMatches = (request: Request): boolean => {
  const origin = request.headers.get('origin');
  if (origin === null || !URL.canParse(origin)) return false;
  // The host alone: behind a proxy that ends TLS the scheme of the request is not the browser's.
  return new URL(origin).host === new URL(request.url).host;
};

/**
 * A browser sends the cookie by itself, so what changes something (or opens a socket, to which the same-origin policy does not
 * apply) must come from our own pages.
 */
export const isForgeable = (request: Request): boolean => {
  if (!changes(request)) return false;
  const site = request.headers.get('sec-fetch-site');
  return site === null ? !originMatches(request) : site !== 'same-origin';
};
