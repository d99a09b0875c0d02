import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobRun } from '../job-run.ts';
import type { Machine } from '../machine.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { commandAction, makeRun, storedFile } from '../test/make-run.ts';
import type { DownloadSource } from './cache.ts';
import { DISK_RESERVE_BYTES } from './disk-space.ts';
import { downloadFile } from './download.ts';

const content = randomBytes(3 * 1024 * 1024 + 17);
let server: FileServer;

beforeEach(async () => {
  server = await startFileServer(content);
});
afterEach(() => server.close());

const stored = (): DownloadSource => ({ type: 'file', file: storedFile('a.bin', content.length, server.sha256) });
const fromUrl = (sha256: string | null = null, path = '/a.bin'): DownloadSource => ({
  type: 'url',
  url: server.url + path,
  sha256,
});

const makeDownload = async (machine: Partial<Machine> = {}, folder?: string) => {
  const made = await makeRun(commandAction('x'), {
    machine,
    openFile: server.openFile,
    ...(folder === undefined ? {} : { folder }),
  });
  const run: JobRun = { ...made.context, machine: made.machine, user: null, mask: null, env: {}, timeoutSeconds: 60 };
  return { ...made, run };
};

const download = async (source: DownloadSource, machine: Partial<Machine> = {}, folder?: string) => {
  const made = await makeDownload(machine, folder);
  return { ...made, result: await downloadFile(made.run, source) };
};

const failure = (reason: string, message: string) => ({
  ok: false,
  outcome: { outcome: 'failed', reason, message: expect.stringContaining(message) },
});

const expectContent = (result: Awaited<ReturnType<typeof downloadFile>>, expected = content) => {
  if (!result.ok) throw new Error(result.outcome.message);
  expect(readFileSync(result.path).equals(expected)).toBe(true);
  expect(result.sha256).toBe(createHash('sha256').update(expected).digest('hex'));
};

const ranges = () => server.requests.map((request) => request.range);

describe('FILE3 download', () => {
  it('brings a file of the server, and tells the progress', async () => {
    const { result, statuses } = await download(stored());
    expectContent(result);
    expect(ranges()).toEqual([null]);
    const percents = statuses.map((each) => each.percent);
    expect(percents[0]).toBe(0);
    expect(percents.at(-1)).toBe(100);
    expect(percents).toEqual([...percents].sort((a, b) => (a ?? 0) - (b ?? 0)));
    expect(statuses.every((each) => each.status === 'downloading')).toBe(true);
  });

  it('brings an empty file', async () => {
    server.content = Buffer.alloc(0);
    const sha256 = createHash('sha256').digest('hex');
    expectContent((await download({ type: 'file', file: storedFile('e', 0, sha256) })).result, Buffer.alloc(0));
  });

  it.each([
    ['the server', stored],
    ['a URL with a hash', () => fromUrl(server.sha256)],
  ])('cut in the middle, it goes on from the byte reached: %s', async (_what, source) => {
    server.faults = [{ type: 'cut', after: 1_500_000 }];
    const { result, text } = await download(source());
    expectContent(result);
    expect(ranges()).toEqual([null, 'bytes=1500000-']);
    expect(text('system')).toMatch(/trying again/);
  });

  it('goes on with a URL without a hash only as the same version', async () => {
    server.etag = '"one"';
    server.faults = [{ type: 'cut', after: 1_500_000 }];
    expectContent((await download(fromUrl())).result);
    expect(server.requests[1]).toMatchObject({ range: 'bytes=1500000-', ifRange: '"one"' });
  });

  it('begins anew when the content of a URL has changed meanwhile', async () => {
    server.etag = '"one"';
    server.faults = [{ type: 'cut', after: 1_500_000 }];
    const other = randomBytes(2_000_000);
    const made = await makeDownload({
      sleep: async () => {
        server.content = other;
        server.etag = '"two"';
      },
    });
    expectContent(await downloadFile(made.run, fromUrl()), other);
  });

  it('begins anew when nothing tells the version', async () => {
    server.faults = [{ type: 'cut', after: 1_500_000 }];
    expectContent((await download(fromUrl())).result);
    expect(ranges()).toEqual([null, null]);
  });

  it('goes on after a restart of the agent', async () => {
    server.faults = [{ type: 'cut', after: 1_000_000 }, ...Array(2).fill({ type: 'status', status: 503 })];
    const first = await download(stored());
    expect(first.result).toMatchObject(failure('download_failed', '503'));
    expectContent((await download(stored(), {}, first.folder)).result);
    expect(ranges().at(-1)).toBe('bytes=1000000-');
  });

  it('goes on with a URL after a restart of the agent, and not after one of the machine', async () => {
    server.etag = '"one"';
    server.faults = [{ type: 'cut', after: 1_000_000 }, ...Array(2).fill({ type: 'status', status: 503 })];
    const first = await download(fromUrl(), { bootId: 'boot-1' });
    server.faults = [{ type: 'cut', after: 500_000 }, ...Array(2).fill({ type: 'status', status: 503 })];
    const second = await download(fromUrl(), { bootId: 'boot-1' }, first.folder);
    expect(second.result.ok).toBe(false);
    expect(ranges()[3]).toBe('bytes=1000000-');
    expectContent((await download(fromUrl(), { bootId: 'boot-2' }, first.folder)).result);
    expect(ranges().at(-1)).toBeNull();
  });

  it('a file that was whole when the agent was killed is not asked for again', async () => {
    const { folder } = await makeDownload();
    mkdirSync(join(folder, 'cache'));
    writeFileSync(join(folder, 'cache', `${server.sha256}.partial`), content);
    expectContent((await download(stored(), {}, folder)).result);
    expect(server.requests).toEqual([]);
  });

  it('begins anew, once, when what was there turns out wrong', async () => {
    const { folder } = await makeDownload();
    mkdirSync(join(folder, 'cache'));
    writeFileSync(join(folder, 'cache', `${server.sha256}.partial`), Buffer.alloc(1_000_000, 'x'));
    expectContent((await download(stored(), {}, folder)).result);
    expect(ranges()).toEqual(['bytes=1000000-', null]);
  });

  it('begins anew when more is there than the file has', async () => {
    const { folder } = await makeDownload();
    mkdirSync(join(folder, 'cache'));
    writeFileSync(join(folder, 'cache', `${server.sha256}.partial`), Buffer.alloc(content.length + 1));
    expectContent((await download(stored(), {}, folder)).result);
  });

  it('416 begins anew', async () => {
    const { folder } = await makeDownload();
    mkdirSync(join(folder, 'cache'));
    writeFileSync(join(folder, 'cache', `${server.sha256}.partial`), Buffer.alloc(content.length + 1000));
    expectContent((await download(fromUrl(server.sha256), {}, folder)).result);
    expect(ranges()).toEqual([`bytes=${content.length + 1000}-`, null]);
  });

  it('a server without ranges is downloaded from the start', async () => {
    server.faults = [{ type: 'cut', after: 1_500_000 }, { type: 'ignore_range' }];
    expectContent((await download(stored())).result);
  });

  it('gives up after three tries that brought nothing, and keeps what came', async () => {
    server.faults = [{ type: 'cut', after: 1_000_000 }, ...Array(9).fill({ type: 'cut', after: 0 })];
    const { result, folder } = await download(stored());
    expect(result).toMatchObject(failure('download_failed', 'download failed'));
    expect(server.requests).toHaveLength(3);
    expect(statSync(join(folder, 'cache', `${server.sha256}.partial`)).size).toBe(1_000_000);
  });

  it('tries that bring the download on do not count', async () => {
    server.faults = Array.from({ length: 5 }, () => ({ type: 'cut', after: 500_000 }));
    expectContent((await download(stored())).result);
    expect(server.requests).toHaveLength(6);
  });

  it('waits longer and longer between tries, and as long as the server asks', async () => {
    const waits: number[] = [];
    server.faults = [
      { type: 'status', status: 503 },
      { type: 'status', status: 429, headers: { 'retry-after': '7' } },
      { type: 'status', status: 500 },
    ];
    await download(stored(), {
      random: () => 0.5,
      sleep: async (ms) => {
        waits.push(ms);
      },
    });
    expect(waits).toEqual([1000, 7000]);
  });

  it('a server that stalls is left and tried again', async () => {
    server.faults = [{ type: 'stall', after: 700_000 }];
    const { result, text } = await download(stored(), { downloadStallMs: 200 });
    expectContent(result);
    expect(ranges()).toEqual([null, 'bytes=700000-']);
    expect(text('system')).toContain('nothing came for 0.2 s');
  });

  it('a server that is not there is tried three times', async () => {
    await server.close();
    const { result, text } = await download(stored());
    expect(result).toMatchObject(failure('download_failed', 'ECONNREFUSED'));
    expect(text('system').match(/trying again/g)).toHaveLength(2);
    server = await startFileServer(content);
  });

  it.each([400, 401, 403, 404, 410])('%i is not tried again', async (status) => {
    server.faults = [{ type: 'status', status }];
    expect((await download(stored())).result).toMatchObject(
      failure('download_failed', `the server answered ${status}`),
    );
    expect(server.requests).toHaveLength(1);
  });

  it('a wrong hash fails, and nothing of it is kept', async () => {
    const wrong = 'a'.repeat(64);
    const { result, folder, run } = await download(fromUrl(wrong));
    expect(result).toMatchObject(failure('checksum_mismatch', wrong));
    expect(statSync(join(folder, 'cache', `${wrong}.partial`)).size).toBe(0);
    expect(existsSync(join(run.workDirectory, 'download'))).toBe(false);
  });

  it('other bytes of the right size fail', async () => {
    server.faults = [{ type: 'other_content', content: Buffer.alloc(content.length) }];
    expect((await download(stored())).result).toMatchObject(failure('checksum_mismatch', 'SHA-256'));
  });

  it('a file of another size fails before it is received', async () => {
    server.faults = [{ type: 'other_content', content: Buffer.alloc(content.length + 1) }];
    expect((await download(stored())).result).toMatchObject(failure('checksum_mismatch', 'bytes instead of'));
  });

  it('a disk without room fails before anything is asked for', async () => {
    const freeBytes = async () => content.length + DISK_RESERVE_BYTES - 1;
    expect((await download(stored(), { freeBytes })).result).toMatchObject(failure('disk_full', 'are needed'));
    expect(server.requests).toHaveLength(0);
  });

  it('a disk with just enough room does', async () => {
    expectContent((await download(stored(), { freeBytes: async () => content.length + DISK_RESERVE_BYTES })).result);
  });

  it('a URL tells its size first, and does not fit', async () => {
    expect((await download(fromUrl(), { freeBytes: async () => DISK_RESERVE_BYTES })).result).toMatchObject(
      failure('disk_full', 'are needed'),
    );
  });

  it('follows redirects, and leaves credentials with the address that they were given for', async () => {
    const other = await startFileServer(content);
    server.faults = [
      { type: 'redirect', location: '/b.bin' },
      { type: 'redirect', location: `${other.url}/c.bin` },
    ];
    const url = `${server.url.replace('//', '//ann:p%40ss@')}/a.bin`;
    expectContent((await download({ type: 'url', url, sha256: null })).result);
    await other.close();
    const basic = `Basic ${Buffer.from('ann:p@ss').toString('base64')}`;
    expect(server.requests.map(({ path, authorization }) => [path, authorization])).toEqual([
      ['/a.bin', basic],
      ['/b.bin', basic],
    ]);
    expect(other.requests[0]).toMatchObject({ path: '/c.bin', authorization: null });
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:,x', 'http://'])(
    'does not follow a redirect to %s',
    async (location) => {
      server.faults = [{ type: 'redirect', location }];
      expect((await download(fromUrl())).result).toMatchObject(failure('invalid_url', 'not http or https'));
    },
  );

  it('redirects in a circle end', async () => {
    server.faults = Array(50).fill({ type: 'redirect', location: '/a.bin' });
    expect((await download(fromUrl())).result).toMatchObject(failure('invalid_url', 'more than 10 times'));
  });

  it.each(['file:///etc/passwd', 'not a url'])('does not download %s', async (url) => {
    expect((await download({ type: 'url', url, sha256: null })).result).toMatchObject(
      failure('invalid_url', 'only http'),
    );
  });

  it('JOB8 a cancel ends a download that is waiting, and keeps what came', async () => {
    server.faults = [{ type: 'stall', after: 700_000 }];
    const made = await makeDownload({ downloadStallMs: 60_000 });
    const result = downloadFile(made.run, stored());
    while (!made.statuses.some((each) => (each.percent ?? 0) > 0))
      await new Promise((resolve) => setTimeout(resolve, 5));
    made.controller.abort('canceled');
    expect(await result).toMatchObject({ ok: false, outcome: { outcome: 'canceled' } });
    expect(statSync(join(made.folder, 'cache', `${server.sha256}.partial`)).size).toBeGreaterThan(0);
  });

  it('two jobs with the same file wait for each other and both get it', async () => {
    const first = await makeDownload();
    const second = await makeDownload({}, first.folder);
    const results = await Promise.all([downloadFile(first.run, stored()), downloadFile(second.run, stored())]);
    for (const result of results) expectContent(result);
  });

  it('what nobody has gone on with for a week is removed', async () => {
    const { folder } = await makeDownload();
    const old = join(folder, 'cache', `${'b'.repeat(64)}.partial`);
    const young = join(folder, 'cache', `${'c'.repeat(64)}.partial`);
    mkdirSync(join(folder, 'cache'));
    for (const path of [old, young]) writeFileSync(path, 'x');
    const eightDaysAgo = Date.now() / 1000 - 8 * 86_400;
    utimesSync(old, eightDaysAgo, eightDaysAgo);
    expectContent((await download(stored(), {}, folder)).result);
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });
});
