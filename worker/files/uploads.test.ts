import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { fileObjectKey, stagingFolder } from '#database/files.repository.ts';
import { fileUploads } from '#database/files.tables.ts';
import { findUpload, listParts, type UploadRow } from '#database/uploads.repository.ts';
import { File, StartedUpload, UnfinishedUpload, Upload } from '#protocol/http/files.ts';
import { pageOf } from '#protocol/http/page.ts';
import { UploadId } from '#protocol/ids.ts';
import { UPLOAD_PART_BYTES } from '#protocol/limits.ts';
import { cleanUpFiles } from './clean-up.ts';
import {
  bucket,
  bytesOf,
  db,
  leftoverCount,
  objectKeys,
  type Person,
  SLOW_MS,
  sha256Of,
  signIn,
  streamOf,
} from './files-fixture.ts';

const DAY_MS = 24 * 3600 * 1000;
const Uploads = pageOf(UnfinishedUpload);

let operator: Person;
beforeAll(async () => {
  operator = await signIn('operator');
});

const content = bytesOf(UPLOAD_PART_BYTES + 5);
const size = content.length;

const partOf = (number: number): Uint8Array<ArrayBuffer> =>
  content.slice((number - 1) * UPLOAD_PART_BYTES, number * UPLOAD_PART_BYTES);

const begin = async (length: number, parts: number): Promise<string> => {
  const request = { filename: 'big.iso', size: length, content_type: 'x/iso' };
  const response = await operator.send('POST', '/files/uploads', request);
  expect(response.status).toBe(201);
  const started = StartedUpload.parse(await response.json());
  expect(started).toMatchObject({ part_size: UPLOAD_PART_BYTES, parts });
  return `/files/uploads/${started.upload_id}`;
};

const start = (): Promise<string> => begin(size, 2);

const small = bytesOf(5);

/** An upload of one part, which is there. */
const startSmall = async (): Promise<string> => {
  const upload = await begin(small.length, 1);
  expect((await put(upload, 1, small)).status).toBe(204);
  return upload;
};

const rowOf = async (upload: string): Promise<UploadRow> => {
  const row = await findUpload(db, operator.team_id, UploadId.parse(upload.split('/').at(-1)));
  if (row === undefined) throw new Error('the upload is not there');
  return row;
};

/** As for a file that is larger than what these tests can move. */
const inTheBucketsOwnUpload = async (upload: string): Promise<UploadRow & { r2_upload_id: string }> => {
  const row = await rowOf(upload);
  const { uploadId } = await bucket.createMultipartUpload(fileObjectKey(row.team_id, row.file_id));
  await db.update(fileUploads).set({ r2_upload_id: uploadId }).where(eq(fileUploads.id, row.id));
  return { ...row, r2_upload_id: uploadId };
};

/** What the cron does until nothing of these uploads can be on its way any more. */
const sweep = async (): Promise<void> => {
  for (const hours of [26, 52])
    await cleanUpFiles({ bucket, db, now: new Date(Date.now() + hours * 3600 * 1000), log: () => undefined });
};

const stateOf = async (upload: string): Promise<Upload> =>
  Upload.parse(await (await operator.call('GET', upload)).json());

const put = (upload: string, number: number, body: Uint8Array<ArrayBuffer> = partOf(number)): Promise<Response> =>
  operator.call('PUT', `${upload}/parts/${number}`, body, { 'content-length': `${body.length}` });

const putAll = async (upload: string, numbers: number[]): Promise<void> => {
  for (const number of numbers) expect((await put(upload, number)).status).toBe(204);
};

const complete = (upload: string, body: { sha256?: string } = {}): Promise<Response> =>
  operator.send('POST', `${upload}/complete`, body);

const problemOf = async (response: Response) => ({ status: response.status, ...(await response.json<object>()) });

describe('an upload in parts', { timeout: SLOW_MS }, () => {
  it('makes the file out of parts that come in any order, one of them twice', async () => {
    const upload = await start();
    expect((await put(upload, 2, bytesOf(5).reverse())).status).toBe(204);
    await putAll(upload, [1, 2]);
    const sha256 = await sha256Of(content);
    const response = await complete(upload, { sha256 });
    expect(response.status).toBe(201);
    const file = File.parse(await response.json());
    expect(file).toMatchObject({ filename: 'big.iso', size, sha256, content_type: 'x/iso' });
    const download = await operator.call('GET', `/files/${file.id}/content`);
    expect(await sha256Of(new Uint8Array(await download.arrayBuffer()))).toBe(sha256);
  });

  it('hashes the file itself when the client gives no hash', async () => {
    const upload = await startSmall();
    expect(await (await complete(upload)).json()).toMatchObject({ sha256: await sha256Of(small) });
  });

  it('answers a second completion like the first', async () => {
    const upload = await startSmall();
    const first = await (await complete(upload)).json();
    const second = await complete(upload, { sha256: await sha256Of(small) });
    expect(second.status).toBe(201);
    expect(await second.json()).toEqual(first);
    expect(await problemOf(await complete(upload, { sha256: '0'.repeat(64) }))).toMatchObject({ status: 422 });
    expect((await operator.call('GET', `/files/${File.parse(first).id}`)).status).toBe(200);
  });

  it('answers calls that complete it at the same time alike', async () => {
    const upload = await start();
    await putAll(upload, [1, 2]);
    const responses = await Promise.all([complete(upload), complete(upload), complete(upload)]);
    expect(responses.map(({ status }) => status)).toEqual([201, 201, 201]);
    const files = await Promise.all(responses.map(async (response) => File.parse(await response.json())));
    const [file] = files;
    expect(files).toEqual([file, file, file]);
    expect(file?.sha256).toBe(await sha256Of(content));
  });

  it('answers like the call that completed it while this one was still reading the parts', async () => {
    const upload = await startSmall();
    const get = bucket.get.bind(bucket);
    let other: Response | undefined;
    // The second thing it reads is the first part.
    const spy = vi.spyOn(bucket, 'get').mockImplementation(async (key: string) => {
      if (spy.mock.calls.length === 2) other = await complete(upload);
      return get(key);
    });
    const response = await complete(upload).finally(() => spy.mockRestore());
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual(await other?.json());
  });

  it('goes on with a completion that died after the object was written', async () => {
    const upload = await startSmall();
    const row = await rowOf(upload);
    await bucket.put(fileObjectKey(row.team_id, row.file_id), small);
    const file = File.parse(await (await complete(upload)).json());
    expect(file.sha256).toBe(await sha256Of(small));
  });

  it('puts a file that is too large for one put together in the bucket, and goes on with that as well', async () => {
    const upload = await start();
    const row = await inTheBucketsOwnUpload(upload);
    await putAll(upload, [1, 2]);
    const parts = (await listParts(db, row.id)).map(({ number, etag }) => ({ partNumber: number, etag }));
    await bucket.resumeMultipartUpload(fileObjectKey(row.team_id, row.file_id), row.r2_upload_id).complete(parts);
    const file = File.parse(await (await complete(upload)).json());
    expect(file.sha256).toBe(await sha256Of(content));
  });

  it('takes the last bytes of a part of such a file as well, and leaves nothing of it when it is aborted', async () => {
    const upload = await start();
    await inTheBucketsOwnUpload(upload);
    expect((await put(upload, 2, bytesOf(5).reverse())).status).toBe(204);
    await putAll(upload, [1, 2]);
    expect(await (await complete(upload)).json()).toMatchObject({ sha256: await sha256Of(content) });

    const other = await start();
    const row = await inTheBucketsOwnUpload(other);
    await putAll(other, [2]);
    expect((await operator.call('DELETE', other)).status).toBe(204);
    const multipart = bucket.resumeMultipartUpload(fileObjectKey(row.team_id, row.file_id), row.r2_upload_id);
    await expect(multipart.uploadPart(2, bytesOf(5))).rejects.toThrow();
    await sweep();
    expect(await leftoverCount()).toBe(0);
  });

  it('removes the bytes of such a file when they have another hash than the client says', async () => {
    const upload = await start();
    const row = await inTheBucketsOwnUpload(upload);
    await putAll(upload, [1, 2]);
    expect((await complete(upload, { sha256: '0'.repeat(64) })).status).toBe(422);
    expect(await objectKeys()).not.toContain(fileObjectKey(row.team_id, row.file_id));
  });

  it('asks for the parts again when the bucket has another one than was counted', async () => {
    const upload = await startSmall();
    const { team_id, file_id } = await rowOf(upload);
    await bucket.put(`${stagingFolder(team_id, file_id)}1`, bytesOf(5).reverse());
    expect(await problemOf(await complete(upload))).toMatchObject({ status: 409, type: 'files.parts_refused' });
    expect(await objectKeys()).not.toContain(fileObjectKey(team_id, file_id));
    expect((await put(upload, 1, small)).status).toBe(204);
    expect(await (await complete(upload)).json()).toMatchObject({ sha256: await sha256Of(small) });
  });

  it('leaves one object of a complete file, and removes a part that came late', async () => {
    const before = await objectKeys();
    const upload = await startSmall();
    const { team_id, file_id } = await rowOf(upload);
    await complete(upload);
    const key = fileObjectKey(team_id, file_id);
    expect(await objectKeys()).toEqual([...before, key].sort());
    await bucket.put(`${stagingFolder(team_id, file_id)}1`, small);
    await sweep();
    expect(await objectKeys()).toEqual([...before, key].sort());
  });

  it('tells what it has received and how long it waits for the rest, so that anybody can go on with it', async () => {
    const upload = await start();
    const begun = await stateOf(upload);
    expect(begun).toMatchObject({ received_parts: [], completed_at: null });
    await putAll(upload, [2, 2]);
    const state = await stateOf(upload);
    expect(state).toMatchObject({
      filename: 'big.iso',
      size,
      parts: 2,
      part_size: UPLOAD_PART_BYTES,
      received_parts: [{ number: 2, size: 5 }],
    });
    expect(Date.parse(begun.expires_at) - Date.parse(begun.started_at)).toBe(DAY_MS);
    expect(Date.parse(state.expires_at)).toBeGreaterThan(Date.parse(begun.expires_at));
  });

  it('is listed with the team’s others until it is complete, and to nobody else', async () => {
    const person = await signIn('operator');
    const viewer = await signIn('viewer', person.team_id);
    const list = async (query = '') => Uploads.parse(await (await viewer.call('GET', `/files/uploads${query}`)).json());
    const startOne = async (length: number) => {
      const response = await person.send('POST', '/files/uploads', { filename: `${length}.bin`, size: length });
      return `/files/uploads/${StartedUpload.parse(await response.json()).upload_id}`;
    };
    const one = await startOne(size);
    const two = await startOne(5);
    await person.call('PUT', `${one}/parts/2`, bytesOf(5), { 'content-length': '5' });
    await person.call('PUT', `${two}/parts/1`, bytesOf(5), { 'content-length': '5' });
    const { items } = await list();
    expect(items.map(({ filename, received_bytes }) => [filename, received_bytes])).toEqual([
      ['5.bin', 5],
      [`${size}.bin`, 5],
    ]);
    const first = await list('?limit=1');
    expect((await list(`?limit=1&cursor=${first.next_cursor}`)).items).toEqual(items.slice(1));
    await person.call('PUT', `${one}/parts/1`, partOf(1), { 'content-length': `${UPLOAD_PART_BYTES}` });
    expect((await list()).items[1]?.received_bytes).toBe(size);
    await person.send('POST', `${two}/complete`, {});
    await person.call('DELETE', one);
    expect((await list()).items).toEqual([]);
    expect((await list()).next_cursor).toBeNull();
  });

  it('takes the bytes that a part was sent with last, and completes to just these', async () => {
    const upload = await startSmall();
    const last = bytesOf(5).reverse();
    expect((await put(upload, 1, last)).status).toBe(204);
    expect(await (await complete(upload)).json()).toMatchObject({ sha256: await sha256Of(last) });
  });

  it('can be completed again after a lost answer, and says that it is complete', async () => {
    const upload = await startSmall();
    await complete(upload);
    expect(await stateOf(upload)).toMatchObject({ completed_at: expect.any(String) });
  });

  it('names the parts that are missing', async () => {
    const upload = await start();
    await putAll(upload, [2]);
    expect(await problemOf(await complete(upload))).toMatchObject({
      status: 409,
      type: 'files.parts_missing',
      detail: 'These parts are missing: 1.',
    });
    await putAll(upload, [1]);
    expect((await complete(upload)).status).toBe(201);
  });

  it('deletes everything when the bytes have another hash than the client says', async () => {
    const before = await objectKeys();
    const upload = await startSmall();
    const problem = await problemOf(await complete(upload, { sha256: '0'.repeat(64) }));
    expect(problem).toMatchObject({ status: 422, errors: [{ path: 'sha256' }] });
    expect(await objectKeys()).toEqual(before);
    await sweep();
    expect(await leftoverCount()).toBe(0);
    expect((await complete(upload)).status).toBe(404);
  });

  it.each([
    [1, UPLOAD_PART_BYTES - 1],
    [1, UPLOAD_PART_BYTES + 1],
    [2, 4],
    [2, 6],
    [2, 0],
  ])('refuses part %d with %d bytes', async (number, length) => {
    const problem = await problemOf(await put(await start(), number, bytesOf(length)));
    expect(problem).toMatchObject({ status: 400, errors: [{ path: 'content-length' }] });
  });

  it.each(['0', '3', '-1', 'x', '1.5'])('has no part %s', async (number) => {
    expect(
      (await operator.call('PUT', `${await start()}/parts/${number}`, bytesOf(5), { 'content-length': '5' })).status,
    ).toBe(404);
  });

  it('refuses a part without Content-Length', async () => {
    const response = await operator.call('PUT', `${await start()}/parts/2`, streamOf([partOf(2)]));
    expect(response.status).toBe(411);
  });

  it('does not count a part that was cut off', async () => {
    const upload = await start();
    const { readable, writable } = new FixedLengthStream(UPLOAD_PART_BYTES);
    const writer = writable.getWriter();
    const cut = writer.write(bytesOf(1000)).then(() => writer.abort(new Error('the client went away')));
    const length = { 'content-length': `${UPLOAD_PART_BYTES}` };
    const [response] = await Promise.all([operator.call('PUT', `${upload}/parts/1`, readable, length), cut]);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await (await operator.call('GET', upload)).json()).toMatchObject({ received_parts: [] });
  });

  it('is gone after it is aborted', async () => {
    const before = await objectKeys();
    const upload = await startSmall();
    expect((await operator.call('DELETE', upload)).status).toBe(204);
    for (const response of [
      await operator.call('GET', upload),
      await put(upload, 1, small),
      await complete(upload),
      await operator.call('DELETE', upload),
    ])
      expect(response.status).toBe(404);
    expect(await objectKeys()).toEqual(before);
    await sweep();
    expect(await leftoverCount()).toBe(0);
  });

  it('takes no more parts and cannot be aborted once it is complete', async () => {
    const upload = await startSmall();
    const file = File.parse(await (await complete(upload)).json());
    expect((await put(upload, 1, small)).status).toBe(409);
    expect((await operator.call('DELETE', upload)).status).toBe(409);
    expect((await operator.call('GET', `/files/${file.id}/content`)).status).toBe(200);
  });

  it('belongs to its team alone', async () => {
    const upload = await start();
    const other = await signIn('owner');
    const answers = [
      await other.call('GET', upload),
      await other.call('PUT', `${upload}/parts/2`, partOf(2), { 'content-length': '5' }),
      await other.send('POST', `${upload}/complete`, {}),
      await other.call('DELETE', upload),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await operator.call('GET', upload)).status).toBe(200);
  });

  it.each([
    [{ filename: '../x', size: 5 }, 'filename'],
    [{ filename: 'x', size: 0 }, 'size'],
    [{ filename: 'x', size: 2 ** 50 }, 'size'],
    [{ size: 5 }, 'filename'],
  ])('is refused for %j', async (body, path) => {
    expect(await problemOf(await operator.send('POST', '/files/uploads', body))).toMatchObject({
      status: 400,
      errors: [{ path }],
    });
  });

  it('is refused to a viewer', async () => {
    const viewer = await signIn('viewer', operator.team_id);
    expect((await viewer.send('POST', '/files/uploads', { filename: 'x', size: 5 })).status).toBe(403);
  });
});
