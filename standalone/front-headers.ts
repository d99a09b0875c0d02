/**
 * Which headers pass the front. The runtime behind it believes what only Cloudflare's edge may say (who the client is, which
 * worker answers, what the address was), so those are removed from what a client sends and set here.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

const EDGE_ONLY = /^(cf|mf)-/;
/** They concern one connection, and there are two: client to front, front to runtime. */
const ONE_CONNECTION = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface ClientRequest {
  headers: IncomingHttpHeaders;
  remoteAddress: string | undefined;
  url: URL;
}

export function requestHeaders({ headers, remoteAddress, url }: ClientRequest): OutgoingHttpHeaders {
  const passed: OutgoingHttpHeaders = {};
  const named = connectionNamed(headers.connection);
  for (const [name, value] of Object.entries(headers)) {
    if (!EDGE_ONLY.test(name) && !ONE_CONNECTION.has(name) && !named.has(name)) passed[name] = value;
  }
  passed['cf-connecting-ip'] = clientAddress(remoteAddress);
  passed['mf-original-url'] = url.href;
  return passed;
}

/** Flat list of names and values as Node takes it, so that several `set-cookie` stay several. */
export function responseHeaders(rawHeaders: readonly string[]): string[] {
  const passed: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (!ONE_CONNECTION.has(name.toLowerCase())) passed.push(name, rawHeaders[i + 1] ?? '');
  }
  return passed;
}

/** Headers that the client declares to be for this connection only. */
function connectionNamed(connection: string | undefined): Set<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}

/** A dual-stack socket reports IPv4 clients in IPv6 form. */
function clientAddress(remoteAddress: string | undefined): string {
  return (remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** The address as the client meant it, or nothing when it makes no sense. */
export function requestedUrl(host: string | undefined, path: string | undefined): URL | undefined {
  if (host === undefined || path === undefined || !path.startsWith('/')) return undefined;
  const text = `http://${host}${path}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // A host such as `a@b` or `a/b` would move parts of itself elsewhere.
  return url !== undefined && url.host === normalizedHost(host) ? url : undefined;
}

const normalizedHost = (host: string): string => host.toLowerCase().replace(/:80$/, '');

/** Paths that belong to the runtime's own tools and never to the product. */
export function isRuntimePath(url: URL): boolean {
  return url.pathname === '/cdn-cgi' || url.pathname.startsWith('/cdn-cgi/');
}
