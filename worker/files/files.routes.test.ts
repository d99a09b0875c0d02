import { beforeAll, describe, expect, it } from 'vitest';
import { File } from '#protocol/http/files.ts';
import { pageOf } from '#protocol/http/page.ts';
import { type DeploymentId, FileId } from '#protocol/ids.ts';
import type { DeploymentStatus } from '#protocol/states.ts';
import {
  auditActions,
  bytesOf,
  leftoverCount,
  objectKeys,
  type Person,
  recordDeployment,
  signIn,
} from './files-fixture.ts';

const Page = pageOf(File);

let operator: Person;
let viewer: Person;
let stranger: Person;
beforeAll(async () => {
  operator = await signIn('operator');
  viewer = await signIn('viewer', operator.team_id);
  stranger = await signIn('owner');
});

const upload = async (filename: string, body: BodyInit = bytesOf(100), type = 'text/html'): Promise<File> => {
  const headers = { 'content-type': type };
  const response = await operator.call('POST', `/files?filename=${encodeURIComponent(filename)}`, body, headers);
  expect(response.status).toBe(201);
  return File.parse(await response.json());
};

const text = '0123456789';

describe('GET /api/files', () => {
  it('lists newest first, page by page, and finds a part of a name literally', async () => {
    const names = ['alpha_1.deb', 'alpha%2.deb', 'alpha-3.deb'];
    for (const name of names) await upload(name);
    const get = async (query: string) => Page.parse(await (await viewer.call('GET', `/files?${query}`)).json());
    const first = await get('q=ALPHA&limit=2');
    expect(first.items.map(({ filename }) => filename)).toEqual(['alpha-3.deb', 'alpha%2.deb']);
    const second = await get(`q=alpha&limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ items: [{ filename: 'alpha_1.deb' }], next_cursor: null });
    expect((await get('q=a_1')).items.map(({ filename }) => filename)).toEqual(['alpha_1.deb']);
    expect((await get('q=%25')).items.map(({ filename }) => filename)).toEqual(['alpha%2.deb']);
  });

  it('shows another team nothing', async () => {
    const file = await upload('a.txt');
    expect(Page.parse(await (await stranger.call('GET', '/files')).json()).items).toEqual([]);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/content'],
      ['HEAD', '/content'],
      ['DELETE', ''],
    ] as const)
      expect((await stranger.call(method, `/files/${file.id}${path}`)).status).toBe(404);
    expect((await operator.call('GET', `/files/${file.id}`)).status).toBe(200);
  });
});

describe('GET /api/files/:id/content', () => {
  it('answers an attachment that no browser will run', async () => {
    const file = await upload('page.html', text);
    const response = await viewer.call('GET', `/files/${file.id}/content`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-disposition': 'attachment; filename="page.html"',
      'content-length': '10',
      'content-type': 'text/html',
      'x-content-type-options': 'nosniff',
      etag: `"${file.sha256}"`,
    });
    expect(await response.text()).toBe(text);
  });

  it.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, null, 'bytes */10'],
    ['bytes=0-1,3-4', 200, text, null],
    ['nonsense', 200, text, null],
  ])('answers Range: %s with %d', async (range, status, body, contentRange) => {
    const file = await upload('a.txt', text);
    for (const method of ['GET', 'HEAD']) {
      const response = await viewer.call(method, `/files/${file.id}/content`, null, { range });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-range')).toBe(contentRange);
      if (body === null) continue;
      expect(response.headers.get('content-length')).toBe(`${body.length}`);
      expect(await response.text()).toBe(method === 'HEAD' ? '' : body);
    }
  });

  it('answers 304 for a tag that the client has, and the whole when If-Range names another', async () => {
    const file = await upload('a.txt', text);
    const get = (headers: Record<string, string>) => viewer.call('GET', `/files/${file.id}/content`, null, headers);
    const tag = `"${file.sha256}"`;
    const unchanged = await get({ 'if-none-match': tag });
    expect([unchanged.status, await unchanged.text(), unchanged.headers.get('etag')]).toEqual([304, '', tag]);
    expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get({ range: 'bytes=2-3', 'if-range': tag })).status).toBe(206);
    expect(await (await get({ range: 'bytes=2-3', 'if-range': '"other"' })).text()).toBe(text);
  });

  it('answers an empty file', async () => {
    const file = await upload('empty', '');
    const response = await viewer.call('GET', `/files/${file.id}/content`);
    expect([response.status, await response.text(), response.headers.get('content-length')]).toEqual([200, '', '0']);
  });
});

describe('DELETE /api/files/:id', () => {
  const remove = async (file: File): Promise<number> => (await operator.call('DELETE', `/files/${file.id}`)).status;

  const deploy = (file: File, status: DeploymentStatus): Promise<DeploymentId> =>
    recordDeployment(operator.team_id, file.id, status, { created_at: new Date().toISOString(), ended_at: null });

  it('removes the row and the object', async () => {
    const file = await upload('a.txt');
    expect(await objectKeys()).toContain(`files/${operator.team_id}/${file.id}`);
    expect(await remove(file)).toBe(204);
    expect(await objectKeys()).not.toContain(`files/${operator.team_id}/${file.id}`);
    expect(await leftoverCount()).toBe(0);
    expect((await operator.call('GET', `/files/${file.id}/content`)).status).toBe(404);
    expect(await remove(file)).toBe(404);
    expect(await auditActions(file.id)).toEqual(['files.create', 'files.delete']);
  });

  it('refuses while a catalogue entry needs the file', async () => {
    const file = await upload('tool.deb');
    const entry = { name: 'tool', package_type: 'deb', file_id: file.id };
    const created = await (await operator.send('POST', '/software', entry)).json<{ id: string }>();
    const refused = await operator.call('DELETE', `/files/${file.id}`);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      type: 'files.in_use',
      detail: 'The file is in use by software "tool".',
    });
    expect((await operator.call('GET', `/files/${file.id}/content`)).status).toBe(200);
    expect(await auditActions(file.id)).toEqual(['files.create']);
    await operator.call('DELETE', `/software/${created.id}`);
    expect(await remove(file)).toBe(204);
  });

  it.each([
    ['pending', 409],
    ['in_progress', 409],
    ['paused', 409],
    ['completed', 204],
    ['partial', 204],
    ['failed', 204],
    ['canceled', 204],
  ] as const)('of a file in a deployment that is %s answers %d', async (status, expected) => {
    const file = await upload('a.txt');
    await deploy(file, status);
    expect(await remove(file)).toBe(expected);
  });

  it('is refused to a viewer', async () => {
    const file = await upload('a.txt');
    expect((await viewer.call('DELETE', `/files/${file.id}`)).status).toBe(403);
  });

  it('of an id that names nothing answers 404', async () => {
    const id = FileId.parse(`file_${'0'.repeat(26)}`);
    expect((await operator.call('DELETE', `/files/${id}`)).status).toBe(404);
    expect((await operator.call('DELETE', '/files/nonsense')).status).toBe(404);
  });
});
