import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { FilesJob } from '#protocol/agent/job.ts';
import { DISK_RESERVE_BYTES } from '../download/disk-space.ts';
import { type MakeOptions, makeFolder, makeRun, storedFile } from '../test/make-run.ts';
import { makeUndo } from '../test/undo-job.ts';
import { offerUndo } from './undo-offer.ts';
import { contentPath, readRecord } from './undo-record.ts';

const OTHER = '/dev/shm';
const OTHER_DISK = existsSync(OTHER) && statSync(OTHER).dev !== statSync(tmpdir()).dev;
const isRoot = process.getuid?.() === 0;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let folder: string;
let target: string;

beforeEach(() => {
  folder = makeFolder();
  target = join(folder, 'etc', 'app.conf');
  mkdirSync(join(folder, 'etc'));
});

const actionOf = (content: string, more: Partial<FilesJob> = {}): FilesJob => ({
  kind: 'files',
  file: storedFile('app.conf', content.length, sha256(content)),
  destination: target,
  into_directory: false,
  mode: null,
  overwrite: true,
  ...more,
});

const deploy = async (content: string, more: Partial<FilesJob> = {}, options: MakeOptions = {}) => {
  const action = actionOf(content, more);
  const made = await makeRun(action, { folder, openFile: async () => new Response(content), ...options });
  const outcome = await made.run();
  const { job, backupDirectory: backups, cacheDirectory: cache } = made.context;
  return { made, action, id: job.target_id, outcome, backups, offer: await offerUndo({ backups, cache }, job) };
};

type Deployed = Awaited<ReturnType<typeof deploy>>;

const undo = async ({ action, id }: Pick<Deployed, 'action' | 'id'>, options: MakeOptions = {}) => {
  const made = await makeUndo(action, id, { folder, ...options });
  return { made, outcome: await made.run() };
};

describe('UNDO2 a file that was there', () => {
  it('comes back with its content, mode, owner and time', async () => {
    writeFileSync(target, 'old');
    chmodSync(target, 0o4751);
    if (isRoot) chownSync(target, 12, 34);
    if (isRoot) chmodSync(target, 0o4751);
    utimesSync(target, 1_700_000_000, 1_700_000_000);
    const before = statSync(target);
    const deployed = await deploy('new', { mode: '0600' });
    expect(deployed.offer).toEqual({ possible: true, text: `restores ${target} as it was (3 bytes)` });
    const { outcome } = await undo(deployed);
    expect(outcome).toMatchObject({ outcome: 'completed', message: `put ${target} back as it was` });
    const after = statSync(target);
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect([after.mode, after.uid, after.gid, after.mtimeMs]).toEqual([
      before.mode,
      before.uid,
      before.gid,
      before.mtimeMs,
    ]);
  });

  it('comes back once: the second undo finds it as it was', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    await undo(deployed);
    const inode = statSync(target).ino;
    expect((await undo(deployed)).outcome).toMatchObject({
      outcome: 'completed',
      message: `${target} is as it was before`,
    });
    expect(statSync(target).ino).toBe(inode);
  });

  it('comes back from a backup that writing into the restored file does not change', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    await undo(deployed);
    writeFileSync(target, 'scribbled');
    expect((await undo(deployed)).outcome.outcome).toBe('completed');
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  it('comes back although somebody changed it since, and their work is kept', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    writeFileSync(target, 'edited by hand');
    const { made, outcome } = await undo(deployed);
    expect(outcome.outcome).toBe('completed');
    expect(readFileSync(target, 'utf8')).toBe('old');
    const kept = contentPath(made.context.backupDirectory, made.context.job.target_id);
    expect(readFileSync(kept, 'utf8')).toBe('edited by hand');
    expect(made.text('system')).toContain(`was changed since; what was there is kept as ${kept}`);
  });

  it('comes back although it, and its folder, were removed since', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    rmSync(join(folder, 'etc'), { recursive: true });
    expect((await undo(deployed)).outcome.outcome).toBe('completed');
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  it('with a second name is copied, so that a change through that name does not reach the backup', async () => {
    writeFileSync(target, 'old');
    linkSync(target, join(folder, 'second'));
    const deployed = await deploy('new');
    writeFileSync(join(folder, 'second'), 'changed');
    await undo(deployed);
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  it.skipIf(!OTHER_DISK)('on another file system is copied, and comes back', async () => {
    const elsewhere = mkdtempSync(join(OTHER, 'deployx-undo-'));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    const destination = join(elsewhere, 'app.conf');
    const content = randomBytes(1_500_000).toString('hex');
    writeFileSync(destination, content, { mode: 0o600 });
    const deployed = await deploy('new', { destination });
    expect(deployed.offer?.text).toBe(`restores ${destination} as it was (3.0 MB)`);
    expect((await undo(deployed)).outcome.outcome).toBe('completed');
    expect(readFileSync(destination, 'utf8')).toBe(content);
    expect(statSync(destination).mode & 0o777).toBe(0o600);
  });
});

describe('UNDO2 a file that was not there', () => {
  it('is removed, once', async () => {
    const deployed = await deploy('new');
    expect(deployed.offer).toEqual({ possible: true, text: `removes ${target}, which was not there before` });
    expect((await undo(deployed)).outcome.outcome).toBe('completed');
    expect(existsSync(target)).toBe(false);
    expect((await undo(deployed)).outcome).toMatchObject({
      outcome: 'completed',
      message: expect.stringContaining('as before'),
    });
  });

  it('is kept aside when somebody has put another in its place', async () => {
    const deployed = await deploy('new');
    writeFileSync(target, 'theirs');
    const { made } = await undo(deployed);
    expect(existsSync(target)).toBe(false);
    expect(readFileSync(contentPath(made.context.backupDirectory, made.context.job.target_id), 'utf8')).toBe('theirs');
  });
});

describe('UNDO1 what is kept', () => {
  it('is what the first attempt found', async () => {
    writeFileSync(target, 'old');
    const first = await deploy('new');
    writeFileSync(target, 'half done');
    const again = await makeRun(first.action, {
      folder,
      openFile: async () => new Response('new'),
      job: { target_id: first.id, attempt: 2 },
    });
    expect((await again.run()).outcome).toBe('completed');
    await undo(first);
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  it('is nothing when the path had this content already; the mode goes back', async () => {
    writeFileSync(target, 'same');
    chmodSync(target, 0o640);
    const plain = await deploy('same');
    expect(plain.offer).toEqual({ possible: true, text: `changes nothing: ${target} was the same` });
    const withMode = await deploy('same', { mode: '0600' });
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect((await undo(plain)).outcome.outcome).toBe('completed');
    expect(statSync(target).mode & 0o777).toBe(0o600);
    await undo(withMode);
    expect(statSync(target).mode & 0o777).toBe(0o640);
  });

  it('is nothing of a job that failed before it changed anything, and the undo says so', async () => {
    writeFileSync(target, 'old');
    const failed = await deploy('new', { overwrite: false });
    expect(failed.outcome.reason).toBe('file_exists');
    expect(failed.offer).toEqual({ possible: false, text: 'nothing was changed' });
    expect((await undo(failed)).outcome).toMatchObject({ outcome: 'failed', reason: 'nothing_to_undo' });
  });

  it('goes without a backup where the file is too large, and says so', async () => {
    writeFileSync(target, 'x'.repeat(2000));
    const policy = { backups: { max_count: 10, max_age_days: 30, max_bytes: 1999 } };
    const deployed = await deploy('new', {}, { policy });
    expect(deployed.outcome.outcome).toBe('completed');
    expect(deployed.offer).toEqual({
      possible: false,
      text: `no backup of ${target}: 2.0 kB is more than this host keeps (policy backups.max_bytes)`,
    });
    expect((await undo(deployed)).outcome).toMatchObject({
      reason: 'nothing_to_undo',
      message: expect.stringContaining('policy backups.max_bytes'),
    });
    expect(readFileSync(target, 'utf8')).toBe('new');
  });

  it('goes without a backup where there is no room for a copy', async () => {
    writeFileSync(target, 'old');
    linkSync(target, join(folder, 'second'));
    const deployed = await deploy(
      'new',
      {},
      {
        machine: {
          freeBytes: async (where) => (where.endsWith('backups') ? DISK_RESERVE_BYTES : Number.MAX_SAFE_INTEGER),
        },
      },
    );
    expect(deployed.outcome.outcome).toBe('completed');
    expect(deployed.offer).toMatchObject({ possible: false, text: expect.stringContaining('are needed') });
  });

  it('takes no place where the policy keeps none', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy(
      'new',
      {},
      {
        policy: { backups: { max_count: 0, max_age_days: 30, max_bytes: 1_000_000 } },
      },
    );
    expect(deployed.offer?.possible).toBe(false);
    expect(readdirSync(join(deployed.backups, deployed.id))).toEqual(['record.json']);
  });

  it('is found again from the record alone', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    expect(await readRecord(deployed.backups, deployed.id)).toMatchObject({
      kind: 'files',
      path: target,
      sha256: sha256('new'),
      before: { type: 'kept', facts: { size: 3 } },
    });
  });
});

describe('UNDO2 what is not done', () => {
  it('no undo without a record', async () => {
    const made = await makeRun(actionOf('new'), { folder });
    const { outcome } = await undo({ action: actionOf('new'), id: made.context.job.target_id });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'nothing_to_undo' });
    expect((await (await makeUndo(actionOf('new'), null, { folder })).run()).reason).toBe('nothing_to_undo');
  });

  it('JOB12 no undo of a kind that the policy does not allow', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    const { outcome } = await undo(deployed, { policy: { actions: ['command'] } });
    expect(outcome).toMatchObject({
      reason: 'policy_refused',
      message: expect.stringContaining('files is not allowed'),
    });
    expect(readFileSync(target, 'utf8')).toBe('new');
  });

  it('JOB12 no undo outside the roots that hold now', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    const { outcome } = await undo(deployed, { policy: { allow_roots: [join(folder, 'other')] } });
    expect(outcome).toMatchObject({ reason: 'path_refused', message: expect.stringContaining('allow_roots') });
  });

  it('no undo through a link that was put there since', async () => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    renameSync(join(folder, 'etc'), join(folder, 'moved'));
    symlinkSync(join(folder, 'moved'), join(folder, 'etc'));
    expect((await undo(deployed)).outcome.reason).toBe('path_refused');
    expect(readFileSync(join(folder, 'moved', 'app.conf'), 'utf8')).toBe('new');
  });

  it.each(['folder', 'link'])('no undo over a %s', async (what) => {
    writeFileSync(target, 'old');
    const deployed = await deploy('new');
    unlinkSync(target);
    if (what === 'folder') mkdirSync(target);
    else symlinkSync('/etc/hostname', target);
    expect((await undo(deployed)).outcome.reason).toBe('path_refused');
  });

  it('no undo of an undo', async () => {
    writeFileSync(target, 'old');
    const { made } = await undo(await deploy('new'));
    const { job, backupDirectory: backups, cacheDirectory: cache } = made.context;
    expect(await offerUndo({ backups, cache }, job)).toBeNull();
  });

  it('no offer for a command', async () => {
    const { context } = await makeRun(
      { kind: 'command', command: 'true', shell: 'sh', working_directory: null, env: {}, secret_env: [] },
      { folder },
    );
    expect(
      await offerUndo({ backups: context.backupDirectory, cache: context.cacheDirectory }, context.job),
    ).toBeNull();
  });
});
