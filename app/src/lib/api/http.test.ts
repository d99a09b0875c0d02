import { expect, test } from 'vitest';
import { z } from 'zod';
import { ApiError, failureText, fieldError } from './api-error.ts';
import { Http, queryString } from './http.ts';

const Thing = z.object({ id: z.string() });

const answering = (response: Response) => {
  const calls: { url: string; init: RequestInit | undefined }[] = [];
  const http = new Http(async (url, init) => {
    calls.push({ url: String(url), init });
    return response;
  });
  return { http, calls };
};

const failure = async (work: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  if (error instanceof ApiError) return error;
  throw new Error('expected an ApiError');
};

test('what is empty is left out of an address', () => {
  expect(queryString({ q: 'a b', status: '', cursor: undefined, limit: 5, label: null })).toBe('?q=a+b&limit=5');
  expect(queryString({})).toBe('');
});

test('a create carries its body and its idempotency key', async () => {
  const { http, calls } = answering(Response.json({ id: 'x' }));
  await expect(http.post('/things', Thing, { name: 'n' }, 'key-1')).resolves.toEqual({ id: 'x' });
  expect(calls[0]?.url).toBe('/api/things');
  expect(calls[0]?.init?.body).toBe('{"name":"n"}');
  expect(new Headers(calls[0]?.init?.headers).get('idempotency-key')).toBe('key-1');
});

test('a problem keeps its fields and the time to wait', async () => {
  const problem = {
    type: 'things.invalid',
    title: 'Invalid',
    status: 422,
    detail: 'The body is not valid.',
    errors: [{ path: 'labels.env', message: 'is too long' }],
  };
  const { http } = answering(Response.json(problem, { status: 422, headers: { 'retry-after': '7' } }));
  const error = await failure(http.get('/things', Thing));
  expect(error.status).toBe(422);
  expect(error.retryAfterSeconds).toBe(7);
  expect(fieldError(error, 'labels')).toBe('is too long');
  expect(fieldError(error, 'label')).toBeNull();
  expect(failureText(error)).toBe('The body is not valid.');
});

test('an answer that is no problem document is still an ApiError with its status', async () => {
  const { http } = answering(new Response('<h1>Bad gateway</h1>', { status: 502 }));
  expect((await failure(http.send('POST', '/things'))).status).toBe(502);
});

test('no answer at all is an ApiError of status 0', async () => {
  const http = new Http(() => Promise.reject(new TypeError('fetch failed')));
  expect((await failure(http.get('/things', Thing))).status).toBe(0);
});

test('an answer of another shape than agreed is not let through', async () => {
  const { http } = answering(Response.json({ id: 5 }));
  await expect(http.get('/things', Thing)).rejects.toThrow(z.ZodError);
});

test('a limit tells how long to wait in words that fit', async () => {
  const problem = { type: 'x', title: 'x', status: 429, detail: 'x' };
  const textAfter = async (seconds: string) => {
    const { http } = answering(Response.json(problem, { status: 429, headers: { 'retry-after': seconds } }));
    return failureText(await failure(http.get('/things', Thing)));
  };
  expect(await textAfter('30')).toContain('30 seconds');
  expect(await textAfter('600')).toContain('10 minutes');
});
