import { expect, test } from 'vitest';
import { newId } from '#protocol/ids.ts';
import { loadOrMakeHostKey } from '../credentials/host-key.ts';
import { makeProof } from '../credentials/proof.ts';
import { enrolledFiles, startServer } from '../test/test-agent.ts';
import { testIds } from '../test/test-ids.ts';
import { createServerClock } from './server-clock.ts';
import { createOpenFile } from './server-files.ts';

const scene = async () => {
  const server = await startServer();
  const files = await enrolledFiles(server);
  const { privateKey } = await loadOrMakeHostKey(files.hostKey);
  const [hostId] = server.hosts.keys();
  if (hostId === undefined) throw new Error('no host has enrolled');
  const fileId = newId('file', testIds);
  server.files.set(fileId, Buffer.from('0123456789'));
  const clock = createServerClock(Date.now);
  const openFile = createOpenFile({
    server: () => ({ url: server.url, hostId }),
    proof: (id) => makeProof(id, privateKey, clock.now()),
    clock,
  });
  return {
    server,
    fileId,
    open: (offset = 0, signal = new AbortController().signal) => openFile(fileId, offset, signal),
  };
};

test('FILE1 a file is fetched with a proof of its own each time', async () => {
  const { open } = await scene();
  // The fake server refuses a proof that it has seen before.
  for (let time = 0; time < 2; time++) {
    const response = await open();
    expect([response.status, await response.text()]).toEqual([200, '0123456789']);
  }
});

test('FILE2 an offset asks for the rest, in bytes of the file and not of a compressed form', async () => {
  const { server, open } = await scene();
  await (await open()).text();
  const response = await open(7);
  expect([response.status, await response.text()]).toEqual([206, '789']);
  expect(server.acceptedEncodings).toEqual(['identity', 'identity']);
});

test("CON2 a wrong clock is set by the server's answer, and the file is asked for again", async () => {
  const { server, open } = await scene();
  server.clockAheadMs = 3_600_000;
  expect((await open()).status).toBe(200);
});

test('a refusal is handed on for the download to judge', async () => {
  const { server, fileId, open } = await scene();
  server.files.delete(fileId);
  expect((await open()).status).toBe(404);
  server.refusal = { status: 401, body: 'no' };
  const refused = await open();
  expect([refused.status, await refused.text()]).toEqual([401, '"no"']);
});

test('an aborted job fetches nothing', async () => {
  const { open } = await scene();
  await expect(open(0, AbortSignal.abort('canceled'))).rejects.toBe('canceled');
});
