/** What happens to the body of a request that is answered before its end. */
import { expect, test } from 'vitest';
import { MAX_JSON_BODY_BYTES } from '#protocol/limits.ts';
import type { Role } from '#protocol/states.ts';
import { createTestApi, ORIGIN } from './testing/test-api.ts';

const api = createTestApi();

const PIECE_BYTES = 64 * 1024;
const LARGE_BYTES = 3 * MAX_JSON_BODY_BYTES;

/** Settles when all of it was read, and never otherwise. */
const largeBody = (): { body: ReadableStream<Uint8Array>; sent: Promise<void> } => {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const send = async () => {
    for (let sentBytes = 0; sentBytes < LARGE_BYTES; sentBytes += PIECE_BYTES)
      await writer.write(new Uint8Array(PIECE_BYTES));
    await writer.close();
  };
  return { body: readable, sent: send() };
};

const headersOf = async (role: Role | null): Promise<Record<string, string>> =>
  role === null ? {} : { authorization: `Bearer ${(await api.newCaller(role)).token}` };

test.each([
  ['nobody is signed in', 401, null, 'POST', '/files?filename=a', {}],
  ['the role is too low', 403, 'viewer', 'POST', '/files?filename=a', {}],
  ['the path names nothing', 404, 'operator', 'PUT', '/files/uploads/nonsense/parts/1', {}],
  ['there is no such path', 404, 'operator', 'PUT', '/nothing/here', {}],
  ['the JSON is too long', 413, 'operator', 'POST', '/groups', { 'content-type': 'application/json' }],
  ['it says that it is too long', 413, 'operator', 'POST', '/groups', { 'content-length': `${LARGE_BYTES}` }],
  ['it is no form', 400, 'operator', 'POST', '/files', { 'content-type': 'multipart/form-data; boundary=B' }],
] as const)('a body is read to its end when %s, so that the client sees the answer', async (...row) => {
  const [, status, role, method, path, more] = row;
  const { body, sent } = largeBody();
  const headers = { ...more, ...(await headersOf(role)) };
  const response = await api.send(new Request(`${ORIGIN}/api${path}`, { method, headers, body }));
  expect(response.status).toBe(status);
  await expect(sent).resolves.toBeUndefined();
});

test('a body that no handler asks for is read as well', async () => {
  const { body, sent } = largeBody();
  const headers = await headersOf('operator');
  await api.send(new Request(`${ORIGIN}/api/auth/logout`, { method: 'POST', headers, body }));
  await expect(sent).resolves.toBeUndefined();
});
