import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FilesJob } from '#protocol/agent/job.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { type MakeOptions, makeFolder, makeRun, storedFile } from '../test/make-run.ts';
import { temporaryName } from './place.ts';

const isRoot = process.getuid?.() === 0;
const content = randomBytes(300_000);
let server: FileServer;
let root = '';

beforeAll(async () => {
  server = await startFileServer(content);
});
afterAll(() => server.close());
beforeEach(() => {
  root = makeFolder();
  server.requests.length = 0;
  server.faults = [];
});

const action = (destination: string, more: Partial<FilesJob> = {}): FilesJob => ({
  kind: 'files',
  file: storedFile('app.bin', content.length, server.sha256),
  destination,
  into_directory: false,
  mode: null,
  overwrite: true,
  ...more,
});

const put = async (destination: string, more: Partial<FilesJob> = {}, options: MakeOptions = {}) => {
  const made = await makeRun(action(destination, more), { openFile: server.openFile, ...options });
  return { ...made, outcome: await made.run() };
};

const isContent = (path: string) => readFileSync(path).equals(content);
const modeOf = (path: string) => statSync(path).mode & 0o7777;
const names = (folder: string) => readdirSync(folder).sort();

describe('where a file goes', () => {
  it('to the path itself, with folders above it made', async () => {
    const path = join(root, 'a/b/renamed.bin');
    const { outcome, statuses } = await put(path);
    expect(outcome).toMatchObject({
      outcome: 'completed',
      reason: 'ok',
      message: `wrote ${path} (${content.length} bytes)`,
    });
    expect(isContent(path)).toBe(true);
    expect(names(join(root, 'a/b'))).toEqual(['renamed.bin']);
    expect(statuses.at(-1)?.status).toBe('verifying');
  });

  it('into a folder that exists', async () => {
    await put(root);
    expect(isContent(join(root, 'app.bin'))).toBe(true);
  });

  it('into a folder that is named as one and does not exist yet', async () => {
    await put(`${root}/new/`, { into_directory: true });
    expect(isContent(join(root, 'new/app.bin'))).toBe(true);
  });

  it('through a link to what it leads to', async () => {
    mkdirSync(join(root, 'real'));
    symlinkSync('real', join(root, 'link'));
    const { outcome } = await put(join(root, 'link'));
    expect(outcome.message).toContain(join(root, 'real/app.bin'));
    expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true);
  });

  it('not in place of a folder of that name', async () => {
    mkdirSync(join(root, 'app.bin'));
    const { outcome } = await put(root);
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'path_refused',
      message: expect.stringContaining('is a folder'),
    });
  });

  it('not below a file', async () => {
    writeFileSync(join(root, 'file'), 'x');
    const { outcome } = await put(join(root, 'file/x'));
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'path_refused' });
  });

  it.each(['../evil', 'a/b', '..', '.', 'a\nb', 'a\\b'])('under no name such as %j', async (filename) => {
    const { outcome } = await put(root, {
      into_directory: true,
      file: storedFile(filename, content.length, server.sha256),
    });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'path_refused' });
    expect(server.requests).toEqual([]);
  });
});

describe('JOB12 allowed roots', () => {
  const outside = () => join(root, 'outside');
  const allowed = () => join(root, 'allowed');
  const policy = () => ({ policy: { allow_roots: [allowed()] } });

  beforeEach(() => {
    mkdirSync(outside());
    mkdirSync(allowed());
    symlinkSync(outside(), join(allowed(), 'link'));
    writeFileSync(join(outside(), 'secret'), 'secret');
    symlinkSync(join(outside(), 'secret'), join(allowed(), 'file-link'));
  });

  it.each(['../outside/x', 'link/x', 'link', 'file-link', 'x/../../outside/x', 'link/../x/../../outside/x'])(
    '%s leads outside and is refused before anything is downloaded',
    async (path) => {
      const { outcome } = await put(`${allowed()}/${path}`, {}, policy());
      expect(outcome).toMatchObject({
        outcome: 'failed',
        reason: 'path_refused',
        message: expect.stringContaining('allow_roots'),
      });
      expect(names(outside())).toEqual(['secret']);
      expect(readFileSync(join(outside(), 'secret'), 'utf8')).toBe('secret');
      expect(server.requests).toEqual([]);
    },
  );

  it('a path inside is written', async () => {
    expect((await put(`${allowed()}/a/../b/x`, {}, policy())).outcome.outcome).toBe('completed');
    expect(isContent(join(allowed(), 'b/x'))).toBe(true);
  });

  it('a folder swapped for a link while the file was downloaded is refused', async () => {
    mkdirSync(join(allowed(), 'later'));
    const made = await makeRun(action(join(allowed(), 'later/x')), {
      ...policy(),
      openFile: async (id, offset, signal) => {
        renameSync(join(allowed(), 'later'), join(root, 'moved'));
        symlinkSync(outside(), join(allowed(), 'later'));
        return server.openFile(id, offset, signal);
      },
    });
    expect(await made.run()).toMatchObject({ outcome: 'failed', reason: 'path_refused' });
    expect(names(outside())).toEqual(['secret']);
  });
});

describe('what is there already', () => {
  const path = () => join(root, 'app.bin');

  it('is replaced as a whole, keeping its mode', async () => {
    writeFileSync(path(), 'old');
    chmodSync(path(), 0o750);
    linkSync(path(), join(root, 'other-name'));
    expect((await put(path())).outcome.outcome).toBe('completed');
    expect(isContent(path())).toBe(true);
    expect(modeOf(path())).toBe(0o750);
    // The old content lives on under its other name: the file was not written into.
    expect(readFileSync(join(root, 'other-name'), 'utf8')).toBe('old');
  });

  it('is not touched without overwrite', async () => {
    writeFileSync(path(), 'old');
    const { outcome } = await put(path(), { overwrite: false, mode: '0600' });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'file_exists' });
    expect(readFileSync(path(), 'utf8')).toBe('old');
    expect(modeOf(path())).toBe(0o644);
    expect(server.requests).toEqual([]);
  });

  it('is not touched without overwrite when it appears during the download', async () => {
    const made = await makeRun(action(path(), { overwrite: false }), {
      openFile: (id, offset, signal) => {
        writeFileSync(path(), 'new here');
        return server.openFile(id, offset, signal);
      },
    });
    expect(await made.run()).toMatchObject({ outcome: 'failed', reason: 'file_exists' });
    expect(readFileSync(path(), 'utf8')).toBe('new here');
    expect(names(root)).toEqual(['app.bin']);
  });

  it.each([true, false])('is unchanged when it is the same, and gets its mode (overwrite %s)', async (overwrite) => {
    writeFileSync(path(), content);
    const before = statSync(path());
    const { outcome } = await put(path(), { overwrite, mode: '0700' });
    expect(outcome).toMatchObject({ outcome: 'completed', message: expect.stringContaining('is unchanged') });
    expect(server.requests).toEqual([]);
    expect(statSync(path())).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(modeOf(path())).toBe(0o700);
  });

  it('is replaced when only its size is the same', async () => {
    writeFileSync(path(), Buffer.alloc(content.length));
    await put(path());
    expect(isContent(path())).toBe(true);
  });

  it('is not touched by a download that fails', async () => {
    writeFileSync(path(), 'old');
    server.faults = [{ type: 'other_content', content: Buffer.alloc(content.length) }];
    expect((await put(path())).outcome).toMatchObject({ outcome: 'failed', reason: 'checksum_mismatch' });
    expect(readFileSync(path(), 'utf8')).toBe('old');
    expect(names(root)).toEqual(['app.bin']);
  });
});

describe('how it is written', () => {
  it.each([
    [null, 0o644],
    ['0600', 0o600],
    ['755', 0o755],
  ])('mode %j gives %o', async (mode, expected) => {
    await put(join(root, 'x'), { mode });
    expect(modeOf(join(root, 'x'))).toBe(expected);
  });

  it('what killed agents left beside the target is removed, what is under way is not', async () => {
    const [old, young, foreign] = ['tgt_old', 'tgt_young'].map(temporaryName).concat('.deployx-mine');
    for (const name of [old, young, foreign]) writeFileSync(join(root, name ?? ''), 'half');
    const twoHoursAgo = Date.now() / 1000 - 7200;
    for (const name of [old, foreign]) utimesSync(join(root, name ?? ''), twoHoursAgo, twoHoursAgo);
    await put(join(root, 'x'));
    expect(names(root)).toEqual(['.deployx-mine', young, 'x'].sort());
  });

  it('what an earlier try of the same job left is no hindrance', async () => {
    const made = await makeRun(action(join(root, 'x')), { openFile: server.openFile });
    writeFileSync(join(root, temporaryName(made.context.job.target_id)), 'half');
    expect((await made.run()).outcome).toBe('completed');
    expect(names(root)).toEqual(['x']);
    expect(isContent(join(root, 'x'))).toBe(true);
  });

  // Two file systems are needed; /dev/shm is one of its own where it exists.
  const elsewhere = existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync(makeFolder()).dev;
  it.skipIf(!elsewhere)('to another file system it is copied beside the target first', async () => {
    const folder = join('/dev/shm', `deployx-test-${process.pid}`);
    mkdirSync(folder);
    try {
      const { outcome } = await put(join(folder, 'x'), { mode: '0640', overwrite: false });
      expect(outcome.outcome).toBe('completed');
      expect(isContent(join(folder, 'x'))).toBe(true);
      expect(modeOf(join(folder, 'x'))).toBe(0o640);
      expect(names(folder)).toEqual(['x']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('JOB8 a cancel during the download writes nothing', async () => {
    const made = await makeRun(action(join(root, 'x')), {
      openFile: (id, offset, signal) => {
        made.controller.abort('canceled');
        return server.openFile(id, offset, signal);
      },
    });
    expect(await made.run()).toMatchObject({ outcome: 'canceled', reason: 'canceled' });
    expect(names(root)).toEqual([]);
  });
});

// Only root can write as another user.
describe.skipIf(!isRoot)('run_as', () => {
  const policy = { policy: { run_as: 'nobody' } };

  it('the file and the folders made for it belong to that user', async () => {
    chmodSync(root, 0o777);
    expect((await put(join(root, 'a/x'), {}, policy)).outcome.outcome).toBe('completed');
    expect([statSync(join(root, 'a')).uid, statSync(join(root, 'a/x')).uid]).toEqual([65534, 65534]);
  });

  it('a folder that the user may not write in is refused', async () => {
    chmodSync(root, 0o755);
    for (const path of [join(root, 'x'), join(root, 'a/x')]) {
      const { outcome } = await put(path, {}, policy);
      expect(outcome).toMatchObject({
        reason: 'path_refused',
        message: expect.stringContaining('nobody may not write'),
      });
    }
    expect(names(root)).toEqual([]);
  });

  it("another's file in a sticky folder is refused", async () => {
    chmodSync(root, 0o1777);
    writeFileSync(join(root, 'x'), 'root');
    expect((await put(join(root, 'x'), {}, policy)).outcome).toMatchObject({ reason: 'path_refused' });
    expect(readFileSync(join(root, 'x'), 'utf8')).toBe('root');
  });

  it("another's file does not get its mode changed", async () => {
    chmodSync(root, 0o777);
    writeFileSync(join(root, 'x'), content);
    chmodSync(join(root, 'x'), 0o600);
    expect((await put(join(root, 'x'), { mode: '0666' }, policy)).outcome).toMatchObject({ reason: 'path_refused' });
    expect(modeOf(join(root, 'x'))).toBe(0o600);
  });
});
