/** Where to sign in and come back from. */
export const loginAddress = (next: string): string =>
  next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`;

/** Where to go after signing in: a path of this site and nothing else, so that a link cannot lead to another site. */
export const safeNext = (next: string | null): string =>
  next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\') && !next.startsWith('/login') ? next : '/';
