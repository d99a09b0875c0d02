/**
 * Calls to the HTTP API, from pages on the server and in the browser. Every answer is parsed with its schema of
 * `protocol/http`, so nothing unchecked reaches a component; every refusal is an `ApiError`.
 */
import type { z } from 'zod';
import { Problem } from '#protocol/http/problem.ts';
import { ApiError } from './api-error.ts';

export type Query = Record<string, string | number | boolean | null | undefined>;
export type Body = Record<string, unknown>;
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
type CallOptions = { query?: Query; body?: Body | undefined; idempotencyKey?: string };

/** The API answers within a second; a call that takes this long is lost, and the page should say so. */
const TIMEOUT_MS = 15_000;

const unreachable: Problem = {
  type: 'network.unreachable',
  title: 'Not reachable',
  status: 0,
  detail: 'The server cannot be reached. Check the connection and try again.',
};

/** The query part of an address: what is empty is left out. */
export const queryString = (query: Query): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
};

const retryAfter = (response: Response): number | null => {
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return Number.isNaN(seconds) ? null : seconds;
};

/** The refusal that an answer states, or one made of its status when something else than the API answered. */
export const problemOf = async (response: Response): Promise<ApiError> => {
  const parsed = Problem.safeParse(await response.json().catch(() => null));
  const problem = parsed.data ?? {
    type: 'unknown',
    title: response.statusText,
    status: response.status,
    detail: `The server answered ${response.status}. Try again in a moment.`,
  };
  return new ApiError(problem, retryAfter(response));
};

export class Http {
  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch) {
    this.#fetch = fetcher;
  }

  get<Schema extends z.ZodType>(path: string, schema: Schema, query: Query = {}): Promise<z.output<Schema>> {
    return this.#parsed('GET', path, schema, { query });
  }

  /** `idempotencyKey` makes a repeated create safe: use one per filled-in form. */
  post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body?: Body,
    idempotencyKey?: string,
  ): Promise<z.output<Schema>> {
    return this.#parsed('POST', path, schema, idempotencyKey === undefined ? { body } : { body, idempotencyKey });
  }

  patch<Schema extends z.ZodType>(path: string, schema: Schema, body: Body): Promise<z.output<Schema>> {
    return this.#parsed('PATCH', path, schema, { body });
  }

  /** A call whose answer does not matter. */
  async send(method: Method, path: string, body?: Body): Promise<void> {
    const response = await this.#call(method, path, { body });
    await response.body?.cancel();
  }

  async text(path: string): Promise<string> {
    const response = await this.#call('GET', path, {});
    return response.text();
  }

  async #parsed<Schema extends z.ZodType>(
    method: Method,
    path: string,
    schema: Schema,
    options: CallOptions,
  ): Promise<z.output<Schema>> {
    const response = await this.#call(method, path, options);
    const answer: unknown = await response.json().catch(() => {
      // The server went away in the middle of its answer.
      throw new ApiError(unreachable);
    });
    return schema.parse(answer);
  }

  async #call(method: Method, path: string, { query = {}, body, idempotencyKey }: CallOptions): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    const request = {
      method,
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const fetcher = this.#fetch;
    const response = await fetcher(`/api${path}${queryString(query)}`, request).catch(() => null);
    if (response === null) throw new ApiError(unreachable);
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}
