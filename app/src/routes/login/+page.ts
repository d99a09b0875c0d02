/** Leaves nothing to load: signing in happens in the browser, whose answer sets the session cookie. */
import { safeNext } from '$lib/session/login-address.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url }) => ({ next: safeNext(url.searchParams.get('next')) });
