import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { File } from '#protocol/http/files.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from '#protocol/limits.ts';
import {
  bytesOf,
  leftoverCount,
  objectKeys,
  type Person,
  SLOW_MS,
  sha256Of,
  signIn,
  streamOf,
} from './files-fixture.ts';

const MEBIBYTE = 1024 * 1024;

let operator: Person;
beforeAll(async () => {
  operator = await signIn('operator');
});

let keysBefore: string[];
beforeEach(async () => {
  keysBefore = await objectKeys();
});

const newKeys = async () => (await objectKeys()).filter((key) => !keysBefore.includes(key));

const expectNothingBehind = async () => {
  expect(await newKeys()).toEqual([]);
  expect(await leftoverCount()).toBe(0);
};

const uploadRaw = (name: string, body: BodyInit, headers = {}) =>
  operator.call('POST', `/files?filename=${encodeURIComponent(name)}`, body, headers);

const formOf = (body: Uint8Array<ArrayBuffer>, name: string, type = 'text/x-test'): FormData => {
  const form = new FormData();
  form.set('note', 'hello');
  form.set('file', new Blob([body], { type }), name);
  return form;
};

const expectStored = async (response: Response, body: Uint8Array<ArrayBuffer>) => {
  expect(response.status).toBe(201);
  const file = File.parse(await response.json());
  expect(file).toMatchObject({ size: body.length, sha256: await sha256Of(body) });
  expect(await newKeys()).toEqual([`files/${operator.team_id}/${file.id}`]);
  expect(await leftoverCount()).toBe(0);
  const content = await operator.call('GET', `/files/${file.id}/content`);
  expect(await sha256Of(new Uint8Array(await content.arrayBuffer()))).toBe(file.sha256);
  return file;
};

/** Around the chunk (1 MiB) and the part (8 MiB) that uploads are cut into. */
const sizes = [0, 1, 65_537, MEBIBYTE - 1, MEBIBYTE, 8 * MEBIBYTE - 1, 8 * MEBIBYTE, 8 * MEBIBYTE + 1, 17 * MEBIBYTE];

describe('POST /api/files', { timeout: SLOW_MS }, () => {
  it.each(sizes)('stores a body of %d bytes as it is', async (size) => {
    const body = bytesOf(size);
    const response = await uploadRaw('a.bin', body, { 'content-type': 'text/x-test', 'content-length': `${size}` });
    expect(await expectStored(response, body)).toMatchObject({ filename: 'a.bin', content_type: 'text/x-test' });
  });

  it.each(sizes)('stores a body of %d bytes whose length is not known', async (size) => {
    const body = bytesOf(size);
    const pieces = Array.from({ length: Math.ceil(size / 300_000) }, (_, index) =>
      body.subarray(index * 300_000, (index + 1) * 300_000),
    );
    await expectStored(await uploadRaw('a.bin', streamOf(pieces)), body);
  });

  it.each(sizes)('stores a form whose file has %d bytes', async (size) => {
    const body = bytesOf(size);
    const response = await operator.call('POST', '/files', formOf(body, 'größe "1".bin'));
    expect(await expectStored(response, body)).toMatchObject({
      filename: 'größe "1".bin',
      content_type: 'text/x-test',
    });
  });

  it('prefers the name in the query to that in the form', async () => {
    const body = bytesOf(10);
    const response = await operator.call('POST', '/files?filename=given.bin', formOf(body, 'form.bin'));
    expect(await expectStored(response, body)).toMatchObject({ filename: 'given.bin' });
  });

  it('answers a repeated key with the first file', async () => {
    const upload = () => uploadRaw('a.bin', bytesOf(10), { 'idempotency-key': 'once', 'content-length': '10' });
    const first = File.parse(await (await upload()).json());
    expect(File.parse(await (await upload()).json())).toEqual(first);
    expect(await newKeys()).toHaveLength(1);
  });

  it.each([['../../etc/passwd'], ['a/b'], ['a\\b'], ['..'], ['a\r\nb'], ['a\0b'], ['x'.repeat(256)]])(
    'refuses the file name %j, in the query and in a form',
    async (name) => {
      for (const response of [
        await uploadRaw(name, bytesOf(10)),
        await operator.call('POST', '/files', formOf(bytesOf(10), name)),
      ]) {
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ errors: [{ path: 'filename' }] });
      }
      await expectNothingBehind();
    },
  );

  it('refuses a body without a file name', async () => {
    const response = await operator.call('POST', '/files', bytesOf(10));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'filename' }] });
    await expectNothingBehind();
  });

  it('refuses a body that says it is too large, whatever arrives', async () => {
    const length = `${MAX_SINGLE_UPLOAD_BYTES + 1}`;
    const response = await uploadRaw('a.bin', streamOf([bytesOf(10)]), { 'content-length': length });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: 'files.too_large' });
    await expectNothingBehind();
  });

  it.each([
    ['..', '10'],
    ['a.bin', `${MAX_SINGLE_UPLOAD_BYTES + 1}`],
  ])(
    'reads on to the end of a body that it refuses (%s, %s bytes), so that the client sees the answer',
    async (name, length) => {
      const { readable, writable } = new IdentityTransformStream();
      const writer = writable.getWriter();
      const sent = writer.write(bytesOf(3 * MEBIBYTE)).then(() => writer.close());
      expect((await uploadRaw(name, readable, { 'content-length': length })).status).toBeGreaterThanOrEqual(400);
      await expect(sent).resolves.toBeUndefined();
    },
  );

  it('stores one object of a body in pieces whose length it does not know', async () => {
    const pieces = Array.from({ length: 9 }, () => bytesOf(2 * MEBIBYTE));
    const response = await uploadRaw('a.bin', streamOf(pieces));
    expect(response.status).toBe(201);
    const file = File.parse(await response.json());
    expect(await newKeys()).toEqual([`files/${operator.team_id}/${file.id}`]);
    expect(await leftoverCount()).toBe(0);
  });

  it('stops a body that turns out too large, and keeps nothing of it', async () => {
    const piece = bytesOf(MEBIBYTE);
    const response = await uploadRaw('a.bin', streamOf(Array.from({ length: 100 }, () => piece)));
    expect(response.status).toBe(413);
    await expectNothingBehind();
  });

  it('keeps nothing of a body that is cut off', async () => {
    for (const size of [10, 20 * MEBIBYTE]) {
      const response = await uploadRaw('a.bin', streamOf([bytesOf(size)], true));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ type: 'files.cut_off' });
      await expectNothingBehind();
    }
  });

  it('keeps nothing of a form that ends in the middle of its file', async () => {
    for (const size of [10, 20 * MEBIBYTE]) {
      const head = new TextEncoder().encode('--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
      const type = { 'content-type': 'multipart/form-data; boundary=B' };
      const response = await operator.call('POST', '/files', streamOf([head, bytesOf(size)]), type);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ type: 'files.bad_form' });
      await expectNothingBehind();
    }
  });

  it('keeps nothing of a form with two files', async () => {
    const form = formOf(bytesOf(9 * MEBIBYTE), 'a.bin');
    form.append('file', new Blob(['b']), 'b.bin');
    expect((await operator.call('POST', '/files', form)).status).toBe(400);
    await expectNothingBehind();
  });

  it('lets a viewer upload nothing', async () => {
    const viewer = await signIn('viewer', operator.team_id);
    expect((await viewer.call('POST', '/files?filename=a', bytesOf(10))).status).toBe(403);
    await expectNothingBehind();
  });
});
