/** Server side of every page: calls to the API go through the service binding, and signed-in pages are never cached. */
import type { Handle, HandleFetch } from '@sveltejs/kit';
import { dev } from '$app/environment';
import { env } from '$env/dynamic/private';

/** What the API needs to know of the person behind a page; SvelteKit forwards none of it. */
const FORWARDED_HEADERS = ['cookie', 'cf-connecting-ip', 'user-agent'];

const callApi = (url: URL, request: Request, platform: App.Platform | undefined): Promise<Response> => {
  if (dev)
    return fetch(new Request(new URL(url.pathname + url.search, env.API_URL ?? 'http://127.0.0.1:8787'), request));
  if (platform === undefined) throw new Error('the dashboard runs without its bindings');
  return platform.env.API.fetch(request);
};

export const handleFetch: HandleFetch = async ({ event, request, fetch }) => {
  const url = new URL(request.url);
  if (url.origin !== event.url.origin || !url.pathname.startsWith('/api/')) return fetch(request);
  const forwarded = new Request(request);
  for (const name of FORWARDED_HEADERS) {
    const value = event.request.headers.get(name);
    if (value !== null) forwarded.headers.set(name, value);
  }
  // What a page asks while it is made comes from this site; without it the API takes a POST with the cookie for a forged one.
  forwarded.headers.set('origin', url.origin);
  return callApi(url, forwarded, event.platform);
};

export const handle: Handle = async ({ event, resolve }) => {
  const response = await resolve(event, {
    filterSerializedResponseHeaders: (name) => name === 'content-type' || name === 'retry-after',
  });
  // The adapter would otherwise be free to keep a signed-in page in a shared cache.
  response.headers.set('cache-control', 'private, no-store');
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.set('referrer-policy', 'same-origin');
  return response;
};
