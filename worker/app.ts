/**
 * The HTTP API as one Hono app. `createApp` takes its dependencies and the declared routes, registers each with the router and
 * with the OpenAPI document, and owns what is common to all answers: request ids, security headers, unknown paths, failures.
 */
import { Hono } from 'hono';
import type { Env } from '#durable-objects/env.ts';
import type { Dependencies, Http, RequestContext } from './context.ts';
import { discardRest } from './http/body-chunks.ts';
import { refuse } from './http/problem.ts';
import type { Route } from './http/route.ts';

export type App = Hono<{ Bindings: Env }>;

export const API_PREFIX = '/api';

/** `{name...}` at the end takes the rest of the path, slashes included. */
const routerPath = (path: string): string =>
  `${API_PREFIX}${path.replaceAll(/\{(\w+)\.\.\.\}/g, ':$1{.+}').replaceAll(/\{(\w+)\}/g, ':$1')}`;

const requestId = (randomBytes: (length: number) => Uint8Array): string =>
  [...randomBytes(8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const contextOf = (http: Http, dependencies: Dependencies, request_id: string): RequestContext => {
  const now = dependencies.clock();
  return {
    http,
    env: http.env,
    db: dependencies.database(http.env),
    ids: { now: () => now.getTime(), randomBytes: dependencies.randomBytes },
    now,
    address: http.req.header('cf-connecting-ip') ?? null,
    request_id,
    dependencies,
  };
};

/** Nothing of the API is a page, and nothing of it may be kept by a cache unless the route says so itself. */
const withStandardHeaders = (response: Response, id: string): Response => {
  // A WebSocket's answer cannot be changed.
  if (response.status === 101) return response;
  const answer = new Response(response.body, response);
  answer.headers.set('x-content-type-options', 'nosniff');
  answer.headers.set('x-request-id', id);
  if (!answer.headers.has('cache-control')) answer.headers.set('cache-control', 'no-store');
  return answer;
};

/** The links to reports carry their own permission. */
const withoutToken = (path: string): string => path.replace(/^(\/api\/reports\/)[^/]+/, '$1…');

const failed = (http: Http, dependencies: Dependencies, request_id: string, error: unknown): Response => {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { method, path } = http.req;
  dependencies.log('request.failed', { request_id, method, path: withoutToken(path), error: message });
  return refuse(500, 'internal', `Something went wrong here; the request's id is ${request_id}.`).toResponse();
};

/** A refusal may come before the end of the body, or before its beginning. */
const send = async (http: Http, response: Response, id: string): Promise<Response> => {
  const request = http.req.raw;
  if (!request.bodyUsed || response.status >= 400) await discardRest(request);
  return withStandardHeaders(response, id);
};

const serve = async (http: Http, dependencies: Dependencies, route: Route): Promise<Response> => {
  const id = requestId(dependencies.randomBytes);
  const handle = async () => route.handle(contextOf(http, dependencies, id));
  const response = await handle().catch((error: unknown) => failed(http, dependencies, id, error));
  return send(http, response, id);
};

const pathPattern = (path: string): RegExp =>
  new RegExp(
    `^${API_PREFIX}${path
      .replaceAll('.', '\\.')
      .replaceAll(/\{\w+(?:\\\.){3}\}/g, '.+')
      .replaceAll(/\{\w+\}/g, '[^/]+')}$`,
  );

/** A known path with another method is 405 with the methods it takes; everything else is 404. */
const unknown = (routes: readonly Route[]) => {
  const patterns = routes.map(({ path, method }) => ({ pattern: pathPattern(path), method: method.toUpperCase() }));
  return (http: Http): Response => {
    const methods = patterns.filter(({ pattern }) => pattern.test(http.req.path)).map(({ method }) => method);
    if (methods.length === 0) return refuse(404, 'request.unknown_path', 'There is no such path.').toResponse();
    const allow = [...new Set(methods)].join(', ');
    return refuse(405, 'request.method', `This path takes ${allow}.`, { headers: { allow } }).toResponse();
  };
};

export const createApp = (dependencies: Dependencies, routes: readonly Route[]): App => {
  const app: App = new Hono();
  for (const route of routes)
    app.on(route.method.toUpperCase(), routerPath(route.path), (http) => serve(http, dependencies, route));
  const answerUnknown = unknown(routes);
  const newId = () => requestId(dependencies.randomBytes);
  app.notFound((http) => send(http, answerUnknown(http), newId()));
  app.onError((error, http) => {
    const id = newId();
    return send(http, failed(http, dependencies, id, error), id);
  });
  return app;
};
