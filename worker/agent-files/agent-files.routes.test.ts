import { beforeAll, beforeEach, expect, it } from 'vitest';
import { File } from '#protocol/http/files.ts';
import { FileId } from '#protocol/ids.ts';
import { call, host, type Person, signIn } from '../files/files-fixture.ts';

const text = '0123456789';

/** Only its `sub` is read here; whether it holds is the HostObject's to say. */
const proofOf = (sub: string): string => `e30.${btoa(JSON.stringify({ sub })).replaceAll('=', '')}.x`;
const proof = proofOf(`host_${'0'.repeat(26)}`);

const get = (file: File, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  call(`/agent/files/${file.id}`, { method, headers: { authorization: `Bearer ${proof}`, ...headers } });

let operator: Person;
let file: File;
beforeAll(async () => {
  operator = await signIn('operator');
  const response = await operator.call('POST', '/files?filename=a.html', text, { 'content-type': 'text/html' });
  file = File.parse(await response.json());
});

beforeEach(() => {
  const { size, sha256, filename } = file;
  host.answer = (given, fileId) => {
    expect([given, fileId]).toEqual([proof, file.id]);
    return { ok: true, key: `files/${operator.team_id}/${file.id}`, size, sha256, filename };
  };
});

it('FILE1 sends the bytes to a host whose object says that a job of it needs them', async () => {
  const response = await get(file);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'content-length': '10',
    'content-type': 'application/octet-stream',
    etag: `"${file.sha256}"`,
  });
  expect(response.headers.get('cache-control')).toContain('private');
  expect(await response.text()).toBe(text);
});

it.each([
  [401, 'agent.clock_skew'],
  [403, 'agent.revoked'],
  [404, 'files.not_found'],
] as const)('FILE1 passes on the refusal %d of the host, with the time of the server', async (status, type) => {
  const server_time = '2026-01-01T00:00:00.000Z';
  host.answer = () => ({ ok: false, status, type, detail: 'because', server_time });
  const response = await get(file, { range: 'bytes=0-1' });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ type, detail: 'because', server_time });
});

it.each([
  ['nothing', {}],
  ['what is no proof', { authorization: 'Bearer nonsense' }],
  ['a proof of what is no host', { authorization: `Bearer ${proofOf('user_1')}` }],
])('FILE1 asks no host for a request with %s', async (_what, headers) => {
  host.answer = () => expect.unreachable();
  const response = await call(`/agent/files/${file.id}`, { headers });
  expect(response.status).toBe(401);
});

it.each([
  ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=-2', 206, '89', 'bytes 8-9/10'],
  ['bytes=10-', 416, null, 'bytes */10'],
])('FILE2 answers Range: %s with %d', async (range, status, body, contentRange) => {
  for (const method of ['GET', 'HEAD']) {
    const response = await get(file, { range }, method);
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange]);
    if (body === null) continue;
    expect(response.headers.get('content-length')).toBe(`${body.length}`);
    expect(await response.text()).toBe(method === 'HEAD' ? '' : body);
  }
});

it('FILE2 starts over when the client has part of other bytes', async () => {
  expect((await get(file, { range: 'bytes=2-', 'if-range': `"${file.sha256}"` })).status).toBe(206);
  const response = await get(file, { range: 'bytes=2-', 'if-range': `"${'0'.repeat(64)}"` });
  expect([response.status, await response.text()]).toEqual([200, text]);
});

it('answers 404 when the bytes went between the host and the bucket', async () => {
  const { size, sha256, filename } = file;
  host.answer = () => ({ ok: true, key: 'files/gone', size, sha256, filename });
  expect((await get(file)).status).toBe(404);
});

it('answers 404 for what is no file id', async () => {
  const other = { ...file, id: FileId.parse(`file_${'0'.repeat(26)}`) };
  expect((await call('/agent/files/nonsense', { headers: { authorization: `Bearer ${proof}` } })).status).toBe(404);
  host.answer = () => ({ ok: false, status: 404, type: 'files.not_found', detail: 'no', server_time: '' });
  expect((await get(other)).status).toBe(404);
});
