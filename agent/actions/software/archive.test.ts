import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { DISK_RESERVE_BYTES } from '../download/disk-space.ts';
import { makeFakePrograms } from '../test/fake-programs.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { type MakeOptions, makeFolder, makeRun, softwareAction, storedFile } from '../test/make-run.ts';

const isRoot = process.getuid?.() === 0;
const has = (name: string) => ['/usr/bin', '/bin'].some((folder) => existsSync(join(folder, name)));

let root = '';
let target = '';
let content = '';
let server: FileServer | null = null;

beforeEach(() => {
  root = makeFolder();
  target = join(root, 'opt/app');
  content = join(root, 'content');
  mkdirSync(join(content, 'bin'), { recursive: true });
  writeFileSync(join(content, 'bin/run'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
  writeFileSync(join(content, 'version'), '1');
  symlinkSync('bin/run', join(content, 'link'));
});
afterEach(async () => {
  await server?.close();
  server = null;
});

const tar = (...args: string[]): Buffer => {
  const path = join(root, 'archive');
  rmSync(path, { force: true });
  execFileSync('tar', ['--create', '--file', path, '-C', content, ...args], { stdio: 'pipe' });
  return readFileSync(path);
};

const zip = (script: string): Buffer => {
  const path = join(root, 'archive.zip');
  rmSync(path, { force: true });
  execFileSync('python3', ['-c', `import zipfile,sys\nz=zipfile.ZipFile(sys.argv[1],'w')\n${script}\nz.close()`, path]);
  return readFileSync(path);
};

const install = async (archive: Buffer, more: Partial<SoftwareJob> = {}, options: MakeOptions = {}) => {
  await server?.close();
  server = await startFileServer(archive);
  const file = storedFile('whatever', archive.length, server.sha256);
  const action = softwareAction({
    name: 'app',
    package_type: 'archive',
    source: { type: 'file', file },
    install_args: ['--target', target],
    ...more,
  });
  const made = await makeRun(action, { openFile: server.openFile, ...options });
  return { ...made, outcome: await made.run() };
};

const names = (folder: string) => readdirSync(folder).sort();

describe('a listing that is longer than what is kept of it', () => {
  it('is no ground to unpack: what leads out of the folder may stand in the part that is gone', async () => {
    const bin = makeFolder();
    const line = (name: string) => `-rw-r--r-- 0/0 1 2024-01-01 00:00 ${name}`.padEnd(63, 'x');
    // What is kept begins exactly where a line does.
    const listing = `echo '${line('../out')}'; yes -- '${line('in')}' | head -n ${(16 * 1024 * 1024) / 64}`;
    const script = `#!/bin/sh\ncase "$*" in *--list*) ${listing} ;; *) touch '${bin}/unpacked' ;; esac\n`;
    writeFileSync(join(bin, 'tar'), script, { mode: 0o755 });
    const options = { policy: { env: { PATH: `${bin}:/usr/bin:/bin` } } };
    const { outcome } = await install(tar('version'), {}, options);
    expect(outcome).toMatchObject({ outcome: 'failed', message: expect.stringContaining('too many entries') });
    expect(existsSync(join(bin, 'unpacked'))).toBe(false);
  });
});

describe('formats', () => {
  const formats = [
    { format: 'tar', args: [], program: 'tar' },
    { format: 'tar.gz', args: ['--gzip'], program: 'gzip' },
    { format: 'tar.xz', args: ['--xz'], program: 'xz' },
    { format: 'tar.bz2', args: ['--bzip2'], program: 'bzip2' },
    { format: 'tar.zst', args: ['--zstd'], program: 'zstd' },
  ];
  // A format whose compressor this machine lacks cannot be made here.
  for (const { format, args, program } of formats)
    it.skipIf(!has(program))(`${format} is unpacked`, async () => {
      const { outcome } = await install(tar(...args, '.'));
      expect(outcome).toMatchObject({ outcome: 'completed', reason: 'ok', message: `unpacked app to ${target}` });
      expect(execFileSync(join(target, 'link'), { encoding: 'utf8' })).toBe('ran\n');
      expect(names(join(root, 'opt'))).toEqual(['app']);
    });

  it.skipIf(!has('unzip') || !has('python3'))('zip is unpacked', async () => {
    const { outcome } = await install(zip("z.writestr('bin/run','x')\nz.writestr('a file','y')"));
    expect(outcome.outcome).toBe('completed');
    expect(readFileSync(join(target, 'a file'), 'utf8')).toBe('y');
  });

  it('leading folders are dropped', async () => {
    renameSync(join(content, 'bin'), join(content, 'top'));
    await install(tar('top'), { install_args: ['--strip-components=1', target] });
    expect(existsSync(join(target, 'run'))).toBe(true);
  });

  it('what is no archive fails', async () => {
    expect((await install(Buffer.from('hello'))).outcome).toMatchObject({
      outcome: 'failed',
      message: 'the file is neither a tar nor a zip archive',
    });
  });

  it('an archive that is damaged fails and leaves nothing', async () => {
    const whole = tar('--gzip', '.');
    const { outcome } = await install(whole.subarray(0, whole.length - 20));
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'install_failed' });
    expect(names(join(root, 'opt'))).toEqual([]);
  });

  it('JOB12 a compressor that is missing is named', async () => {
    const few = makeFakePrograms(['tar']);
    const { outcome } = await install(tar('--gzip', '.'), {}, { policy: { env: { PATH: few.onlyPath } } });
    expect(outcome).toMatchObject({ reason: 'unsupported', message: expect.stringContaining('needs gzip') });
  });
});

describe('entries that leave the target are refused, and nothing is unpacked', () => {
  const expectRefused = async (archive: Buffer) => {
    const { outcome } = await install(archive);
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'path_refused',
      message: expect.stringContaining('not unpacked'),
    });
    expect(names(join(root, 'opt'))).toEqual([]);
    expect(existsSync(join(root, 'evil'))).toBe(false);
  };

  it('by ..', () => expectRefused(tar('--absolute-names', '--transform=s,version,../evil,', 'version')));
  it('by an absolute name', () =>
    expectRefused(tar('--absolute-names', `--transform=s,^version,${root}/evil,`, 'version')));
  it('by a link to an absolute path', () => {
    symlinkSync('/etc', join(content, 'out'));
    return expectRefused(tar('.'));
  });
  it('by a link upward', () => {
    symlinkSync('../../..', join(content, 'bin/out'));
    return expectRefused(tar('.'));
  });
  it('by a link that is written through', () => {
    symlinkSync(root, join(content, 'door'));
    const path = join(root, 'two.tar');
    execFileSync('tar', ['--create', '--file', path, '-C', content, 'door']);
    execFileSync('tar', ['--append', '--file', path, '-C', content, '--transform=s,^version,door/evil,', 'version']);
    return expectRefused(readFileSync(path));
  });
  it('by a hard link', () => {
    const path = join(root, 'hard.tar');
    const script = `import tarfile,sys
t=tarfile.open(sys.argv[1],'w')
i=tarfile.TarInfo('x'); i.type=tarfile.LNKTYPE; i.linkname='/etc/passwd'; t.addfile(i); t.close()`;
    execFileSync('python3', ['-c', script, path]);
    return expectRefused(readFileSync(path));
  });
  it.skipIf(!has('unzip') || !has('python3'))('by .. in a zip', () => expectRefused(zip("z.writestr('../evil','x')")));
  it.skipIf(!has('unzip') || !has('python3'))('by a link in a zip', () =>
    expectRefused(
      zip("i=zipfile.ZipInfo('out'); i.create_system=3; i.external_attr=0o120777<<16\nz.writestr(i,'/etc')"),
    ),
  );
});

describe('the folder', () => {
  it('the same archive again changes nothing', async () => {
    const archive = tar('.');
    await install(archive);
    const before = statSync(target).ino;
    expect((await install(archive)).outcome).toMatchObject({ outcome: 'completed', reason: 'already_installed' });
    expect(statSync(target).ino).toBe(before);
  });

  it('a new version takes its place, with nothing of the old one left', async () => {
    await install(tar('.'));
    writeFileSync(join(target, 'made-since'), 'x');
    writeFileSync(join(content, 'version'), '2');
    rmSync(join(content, 'link'));
    expect((await install(tar('.'))).outcome.outcome).toBe('completed');
    expect(names(target)).toEqual(['.deployx-archive.json', 'bin', 'version']);
    expect(readFileSync(join(target, 'version'), 'utf8')).toBe('2');
    expect(names(join(root, 'opt'))).toEqual(['app']);
  });

  it('a failed new version leaves the old one', async () => {
    await install(tar('.'));
    symlinkSync('/etc', join(content, 'out'));
    expect((await install(tar('.'))).outcome.outcome).toBe('failed');
    expect(readFileSync(join(target, 'version'), 'utf8')).toBe('1');
    expect(names(join(root, 'opt'))).toEqual(['app']);
  });

  it('an empty folder is filled, a foreign one is not replaced', async () => {
    mkdirSync(target, { recursive: true });
    expect((await install(tar('.'))).outcome.outcome).toBe('completed');
    rmSync(target, { recursive: true });
    mkdirSync(target);
    writeFileSync(join(target, 'mine'), 'x');
    expect((await install(tar('.'))).outcome).toMatchObject({ outcome: 'failed', reason: 'file_exists' });
    expect(names(target)).toEqual(['mine']);
  });

  it('what an agent that was killed between the renames left is put in order', async () => {
    const archive = tar('.');
    await install(archive);
    renameSync(target, join(root, 'opt/.deployx-app.old'));
    mkdirSync(join(root, 'opt/.deployx-app.new'));
    expect((await install(archive)).outcome.reason).toBe('already_installed');
    expect(names(join(root, 'opt'))).toEqual(['app']);
  });

  it('JOB12 a folder outside of the allowed roots is refused', async () => {
    const { outcome } = await install(tar('.'), {}, { policy: { allow_roots: [join(root, 'elsewhere')] } });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'path_refused',
      message: expect.stringContaining('allow_roots'),
    });
  });

  it('the place of / is not taken', async () => {
    expect((await install(tar('.'), { install_args: ['/'] })).outcome).toMatchObject({ reason: 'path_refused' });
  });

  it('what unpacked does not fit is not unpacked', async () => {
    writeFileSync(join(content, 'zeros'), Buffer.alloc(2_000_000));
    const freeBytes = async () => DISK_RESERVE_BYTES + 1_000_000;
    const { outcome } = await install(tar('--gzip', '.'), {}, { machine: { freeBytes } });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'disk_full' });
  });

  // Only root can become another user.
  it.skipIf(!isRoot)('belongs to the user that the policy names', async () => {
    mkdirSync(join(root, 'opt'), { mode: 0o777 });
    execFileSync('chmod', ['777', join(root, 'opt')]);
    execFileSync('chmod', ['711', root]);
    const { outcome } = await install(tar('.'), {}, { policy: { run_as: 'nobody' } });
    expect(outcome).toMatchObject({ outcome: 'completed' });
    expect([statSync(target).uid, statSync(join(target, 'bin/run')).uid]).toEqual([65534, 65534]);
  });
});
