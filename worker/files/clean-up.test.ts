import { beforeAll, expect, it } from 'vitest';
import { fileUploads } from '#database/files.tables.ts';
import { forgetLeftover, noteLeftover } from '#database/leftovers.repository.ts';
import { StartedUpload } from '#protocol/http/files.ts';
import { cleanUpFiles } from './clean-up.ts';
import { bucket, bytesOf, db, leftoverCount, objectKeys, type Person, signIn } from './files-fixture.ts';

const HOUR_MS = 3600 * 1000;

let operator: Person;
beforeAll(async () => {
  operator = await signIn('operator');
});

const inHours = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS);

const runAt = (now: Date, log: string[] = []): Promise<void> =>
  cleanUpFiles({ bucket, db, now, log: (event) => log.push(event) });

const start = async (): Promise<string> => {
  const response = await operator.send('POST', '/files/uploads', { filename: 'a', size: 5 });
  return `/files/uploads/${StartedUpload.parse(await response.json()).upload_id}`;
};

const putPart = async (upload: string): Promise<void> => {
  const response = await operator.call('PUT', `${upload}/parts/1`, bytesOf(5), { 'content-length': '5' });
  expect(response.status).toBe(204);
};

const statusOf = async (upload: string): Promise<number> => (await operator.call('GET', upload)).status;

it('gives up an upload that received nothing for a day, and its parts in the bucket', async () => {
  const upload = await start();
  await putPart(upload);
  await runAt(inHours(23));
  expect(await statusOf(upload)).toBe(200);
  await runAt(inHours(25));
  expect(await statusOf(upload)).toBe(404);
  // A day later nothing of it can be on its way any more.
  await runAt(inHours(50));
  expect(await objectKeys()).toEqual([]);
  expect(await leftoverCount()).toBe(0);
});

it('removes everything below a folder, however much it is', async () => {
  for (const name of ['1', '2', 'deeper/3']) await bucket.put(`uploads/left/${name}`, 'bytes');
  await bucket.put('uploads/left-alone', 'bytes');
  await noteLeftover(db, { object_key: 'uploads/left/', r2_upload_id: null }, inHours(-1));
  await runAt(new Date());
  expect((await objectKeys()).filter((key) => key.startsWith('uploads/'))).toEqual(['uploads/left-alone']);
  await bucket.delete('uploads/left-alone');
  expect(await leftoverCount()).toBe(0);
});

it('lets a slow upload go on as long as parts arrive', async () => {
  const upload = await start();
  await db.update(fileUploads).set({ created_at: inHours(-48).toISOString() });
  await putPart(upload);
  await runAt(inHours(1));
  expect(await statusOf(upload)).toBe(200);
});

it('forgets a completed upload after a day and keeps its file', async () => {
  const upload = await start();
  await putPart(upload);
  const file = await (await operator.send('POST', `${upload}/complete`, {})).json<{ id: string }>();
  await runAt(inHours(23));
  expect(await statusOf(upload)).toBe(200);
  await runAt(inHours(25));
  expect(await statusOf(upload)).toBe(404);
  expect(await (await operator.call('GET', `/files/${file.id}/content`)).arrayBuffer()).toHaveProperty('byteLength', 5);
  await runAt(inHours(50));
  expect(await objectKeys()).toEqual([`files/${operator.team_id}/${file.id}`]);
  expect(await leftoverCount()).toBe(0);
});

it('removes what a process that died has left, once it is due', async () => {
  await bucket.put('files/left/over', 'bytes');
  await noteLeftover(db, { object_key: 'files/left/over', r2_upload_id: null }, inHours(1));
  await runAt(new Date());
  expect(await objectKeys()).toContain('files/left/over');
  await runAt(inHours(2));
  expect(await objectKeys()).not.toContain('files/left/over');
  expect(await leftoverCount()).toBe(0);
});

it('aborts the multipart upload of a process that died, and does not mind one that is gone', async () => {
  const multipart = await bucket.createMultipartUpload('files/left/parts');
  const leftover = { object_key: 'files/left/parts', r2_upload_id: multipart.uploadId };
  for (const _ of ['first', 'again']) {
    await noteLeftover(db, leftover, new Date());
    await runAt(inHours(1));
    expect(await leftoverCount()).toBe(0);
  }
  await expect(multipart.uploadPart(1, 'bytes')).rejects.toThrow();
});

it('goes on with the others when one cannot be removed', async () => {
  const log: string[] = [];
  await noteLeftover(db, { object_key: 'x'.repeat(2000), r2_upload_id: null }, inHours(-1));
  await bucket.put('files/left/over', 'bytes');
  await noteLeftover(db, { object_key: 'files/left/over', r2_upload_id: null }, new Date());
  await runAt(inHours(1), log);
  expect(log).toEqual(['files.leftover_not_removed']);
  expect(await objectKeys()).not.toContain('files/left/over');
  expect(await leftoverCount()).toBe(1);
  await forgetLeftover(db, 'x'.repeat(2000));
});
