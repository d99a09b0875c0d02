/** Installers of macOS, by their exact command lines, answered by programs that play the system's. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { type FakePrograms, makeFakePrograms } from '../test/fake-programs.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { makeFolder, storedFile } from '../test/make-run.ts';
import { makeAdapterRun } from '../test/run-adapter.ts';
import { adapters } from './adapters.ts';
import { contentOf } from './dmg.ts';
import { parseReceipt } from './pkg.ts';

let server: FileServer;
let fake: FakePrograms;

beforeEach(async () => {
  server = await startFileServer(Buffer.from('content'));
  fake = makeFakePrograms(['installer', 'pkgutil', 'hdiutil', 'ditto', 'defaults']);
});
afterEach(() => server.close());

const prepare = async (type: 'pkg' | 'dmg', more: Partial<SoftwareJob> = {}) => {
  const applications = makeFolder();
  const file = storedFile('download', server.content.length, server.sha256);
  const made = await makeAdapterRun(
    fake,
    { package_type: type, source: { type: 'file', file }, ...more },
    { openFile: server.openFile, machine: { applicationsFolder: applications } },
  );
  const job = made.jobRun.job.action;
  if (job.kind !== 'software') throw new Error('a software job was made');
  const work = () => adapters[type][job.operation](made.jobRun, { ...job, package_type: type });
  return { ...made, work, folder: made.jobRun.workDirectory, applications };
};

describe('pkg', () => {
  const receipt = 'pkgutil --pkg-info org.example.tool';

  it('is installed without questions', async () => {
    fake.answer(receipt, 'exit 1');
    const { work, folder } = await prepare('pkg', { name: 'org.example.tool', install_args: ['-lang', 'en'] });
    fake.answer(
      `installer -pkg ${folder}/package.pkg -target / -lang en`,
      'echo "installer: The install was successful."',
    );
    expect(await work()).toMatchObject({ outcome: 'completed', reason: 'ok', message: 'installed org.example.tool' });
  });

  it('that wants a restart says so', async () => {
    fake.answer(receipt, 'exit 1');
    const { work, folder } = await prepare('pkg', { name: 'org.example.tool' });
    fake.answer(
      `installer -pkg ${folder}/package.pkg -target /`,
      'echo "installer: The install requires restarting now."',
    );
    expect(await work()).toMatchObject({ outcome: 'completed', reason: 'reboot_required' });
  });

  it('whose receipt has the wanted version is not installed again', async () => {
    fake.answer(receipt, 'echo "package-id: org.example.tool"; echo "version: 1.2"');
    const { work, jobRun } = await prepare('pkg', { name: 'org.example.tool', version: '1.*' });
    expect(await work()).toMatchObject({ reason: 'already_installed' });
    expect(await adapters.pkg.installedVersion(jobRun, 'org.example.tool')).toBe('1.2');
  });

  it.each(['-applyChoiceChangesXML', '-target', '/x.pkg'])('is not given %s', async (argument) => {
    const { work } = await prepare('pkg', { install_args: [argument] });
    expect(await work()).toMatchObject({ reason: 'unsupported' });
  });

  it('cannot be removed without a command', async () => {
    const { work } = await prepare('pkg', { operation: 'uninstall' });
    expect(await work()).toMatchObject({
      reason: 'unsupported',
      message: expect.stringContaining('uninstall_command'),
    });
  });

  it.each([
    ['package-id: x\nversion: 1.2.3\nvolume: /\n', '1.2.3'],
    ['No receipt for x', null],
  ])('of %j the version is %j', (text, version) => {
    expect(parseReceipt(text)).toBe(version);
  });
});

describe('dmg', () => {
  const ask = (applications: string) =>
    `defaults read ${applications}/demo.app/Contents/Info CFBundleShortVersionString`;
  const attach = (folder: string) =>
    `hdiutil attach ${folder}/image.dmg -nobrowse -noautoopen -readonly -mountpoint ${folder}/image`;
  const detach = (folder: string) => `hdiutil detach ${folder}/image -force`;

  it('a program in it replaces the one that is there', async () => {
    const { work, folder, applications } = await prepare('dmg');
    mkdirSync(join(applications, 'Demo Tool.app'));
    writeFileSync(join(applications, 'Demo Tool.app', 'old'), '');
    fake.answer(ask(applications), 'exit 1');
    fake.answer(
      attach(folder),
      `mkdir '${folder}/image/Demo Tool.app'; echo new >'${folder}/image/Demo Tool.app/file'; ln -s /Applications ${folder}/image/Applications`,
    );
    fake.answer(`ditto ${folder}/image/Demo Tool.app ${applications}/.deployx-Demo Tool.app.new`, `cp -r "$1" "$2"`);
    fake.answer(detach(folder), 'true');
    expect(await work()).toMatchObject({
      outcome: 'completed',
      message: `installed Demo Tool.app to ${applications}/Demo Tool.app`,
    });
    expect(readFileSync(join(applications, 'Demo Tool.app', 'file'), 'utf8')).toBe('new\n');
    expect(existsSync(join(applications, 'Demo Tool.app', 'old'))).toBe(false);
    expect(fake.calls().at(-1)).toBe(detach(folder));
  });

  it('a package in it is installed, and the image is detached also when that fails', async () => {
    const { work, folder, applications } = await prepare('dmg');
    fake.answer(ask(applications), 'exit 1');
    fake.answer(attach(folder), `touch '${folder}/image/Tool.pkg'; mkdir ${folder}/image/Uninstall.app`);
    fake.answer(
      `installer -pkg ${folder}/image/Tool.pkg -target /`,
      'echo "installer: The install failed (no)"; exit 1',
    );
    fake.answer(detach(folder), 'true');
    expect(await work()).toMatchObject({ outcome: 'failed', reason: 'install_failed', exit_code: 1 });
    expect(fake.calls().at(-1)).toBe(detach(folder));
  });

  it('a program outside the allowed roots is not written', async () => {
    const { work, folder, applications, jobRun } = await prepare('dmg');
    jobRun.policy.allow_roots = ['/opt'];
    fake.answer(ask(applications), 'exit 1');
    fake.answer(attach(folder), `mkdir ${folder}/image/Demo.app`);
    fake.answer(detach(folder), 'true');
    expect(await work()).toMatchObject({ reason: 'path_refused' });
  });

  it('the version of a program is told, and the program is removed', async () => {
    const { work, applications, jobRun } = await prepare('dmg', { operation: 'uninstall' });
    mkdirSync(join(applications, 'demo.app'));
    fake.answer(ask(applications), 'echo 3.1');
    expect(await adapters.dmg.installedVersion(jobRun, 'demo')).toBe('3.1');
    expect(await work()).toMatchObject({ outcome: 'completed' });
    expect(existsSync(join(applications, 'demo.app'))).toBe(false);
  });

  it.each([
    [['Tool.app', 'Applications', '.background'], { type: 'app', name: 'Tool.app' }],
    [['Tool.pkg', 'Uninstall.app'], { type: 'pkg', name: 'Tool.pkg' }],
    [['A.app', 'B.app'], { type: 'unclear', message: 'the image holds several: A.app, B.app' }],
    [['readme.txt'], { type: 'unclear', message: 'the image holds neither a program nor a package' }],
  ])('of %j it takes %j', (names, content) => {
    expect(contentOf(names)).toEqual(content);
  });
});
