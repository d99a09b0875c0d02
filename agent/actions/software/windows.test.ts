/** Installers of Windows: their exact command lines, and what Windows tells of what is installed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import type { PackageType } from '#protocol/software.ts';
import { type FakePrograms, makeFakePrograms } from '../test/fake-programs.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { makeFolder, storedFile } from '../test/make-run.ts';
import { makeAdapterRun, runAdapter } from '../test/run-adapter.ts';
import { adapters } from './adapters.ts';
import { silentArguments } from './exe.ts';
import { decodeLog, msiInstall, msiRemove, msiWord, refusedMsiArgument } from './msi.ts';
import { findProduct, parseProducts, productCode, productMatches } from './windows-products.ts';
import { parseWingetInstalled } from './winget.ts';

const CODE = '{23170F69-40C1-2702-2301-000001000000}';
const UNINSTALL = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
const KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
const listing = [
  '',
  KEY,
  '',
  `${KEY}\\AddressBook`,
  '    (Default)    REG_SZ    (value not set)',
  '',
  `${KEY}\\${CODE}`,
  '    DisplayName    REG_SZ    7-Zip 23.01 (x64 edition)',
  '    DisplayVersion    REG_SZ    23.01.00.0',
  '    NoModify    REG_DWORD    0x1',
  '',
  `${KEY}\\Google Chrome`,
  '    DisplayName    REG_SZ    Google Chrome',
  '    DisplayVersion    REG_SZ    120.0.6099.130',
  '',
].join('\r\n');

let server: FileServer;
let fake: FakePrograms;

beforeEach(async () => {
  server = await startFileServer(Buffer.from('content'));
  fake = makeFakePrograms(['msiexec', 'reg']);
});
afterEach(() => server.close());

const source = (): SoftwareJob['source'] => ({
  type: 'file',
  file: storedFile('setup.bin', server.content.length, server.sha256),
});

const work = (type: PackageType, more: Partial<SoftwareJob> = {}) =>
  runAdapter(type, fake, { source: source(), ...more }, { openFile: server.openFile, folder: makeFolder() });

describe('the registry', () => {
  const products = parseProducts(listing);

  it('lists programs with names', () => {
    expect(products).toEqual([
      { key: CODE, name: '7-Zip 23.01 (x64 edition)', version: '23.01.00.0' },
      { key: 'Google Chrome', name: 'Google Chrome', version: '120.0.6099.130' },
    ]);
  });

  it.each([
    ['7-zip', CODE],
    ['7zip', CODE],
    ['GoogleChrome', 'Google Chrome'],
    [CODE.toLowerCase(), CODE],
    [CODE.slice(1, -1), CODE],
    ['zip', undefined],
    ['google', undefined],
  ])('%s is found as %s', (name, key) => {
    expect(findProduct(products, name)?.key).toBe(key);
  });

  it('a product code has its form', () => {
    expect([productCode('7-zip'), productCode(CODE.slice(1, -1).toLowerCase())]).toEqual([null, CODE]);
  });

  it.each([
    ['23.01', '23.01.00.0', true],
    ['23.01.00.0', '23.01.00.0', true],
    ['23', '230.1', false],
  ])('%s asks for %s: %s', (wanted, version, expected) => {
    expect(productMatches(wanted, version)).toBe(expected);
  });
});

describe('msiexec', () => {
  it('is called silently, without a restart, with its log', () => {
    expect(msiInstall('C:\\Temp Files\\package.msi', 'C:\\log', ['INSTALLDIR=C:\\My Tools', 'A=1'])).toEqual([
      'msiexec',
      '/i',
      '"C:\\Temp Files\\package.msi"',
      '/qn',
      '/norestart',
      '/l*v',
      'C:\\log',
      'REBOOT=ReallySuppress',
      'INSTALLDIR="C:\\My Tools"',
      'A=1',
    ]);
    expect(msiRemove(CODE, 'C:\\log').slice(0, 5)).toEqual(['msiexec', '/x', CODE, '/qn', '/norestart']);
  });

  it.each([
    ['NAME=plain', 'NAME=plain'],
    ['NAME=', 'NAME=""'],
    ['NAME=a b', 'NAME="a b"'],
    ['NAME=say "hi"', 'NAME="say ""hi"""'],
    ['/quiet', '/quiet'],
  ])('%s is written %s', (word, written) => {
    expect(msiWord(word)).toBe(written);
  });

  it.each([
    [['A=1', '/qn', '/NORESTART', 'TRANSFORMS=x.mst'], null],
    [['/a'], '/a'],
    [['A=1', '/forcerestart'], '/forcerestart'],
    [['A=1\nB=2'], 'A=1\nB=2'],
  ])('of %j it is not given %j', (args, refused) => {
    expect(refusedMsiArgument(args)).toBe(refused);
  });

  it.each([
    ['utf-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Ende — error', 'utf16le')])],
    ['utf-8', Buffer.from('Ende — error')],
  ])('its log is read in %s', (_name, bytes) => {
    expect(decodeLog(bytes)).toBe('Ende — error');
  });
});

describe('msi packages', () => {
  const registry = (text: string) => {
    const path = join(makeFolder(), 'registry');
    writeFileSync(path, text);
    fake.answer(`reg query ${UNINSTALL} /s /reg:64`, `cat ${path}`);
    fake.answer(`reg query ${UNINSTALL} /s /reg:32`, 'exit 1');
  };
  const line = async (what: string, target: string) => {
    const { jobRun } = await makeAdapterRun(fake, {});
    return `msiexec ${what} ${target.replace('WORK', jobRun.workDirectory)}`;
  };

  it('a version that is there already is not installed again', async () => {
    registry(listing);
    const { outcome } = await work('msi', { name: '7-zip', version: '23.01' });
    expect(outcome).toMatchObject({ reason: 'already_installed', message: '7-zip 23.01.00.0 is installed already' });
    expect(fake.calls().some((call) => call.startsWith('msiexec'))).toBe(false);
  });

  it('the file is handed to msiexec, and its log tells why it failed', async () => {
    registry('');
    const made = await makeAdapterRun(fake, { source: source() }, { openFile: server.openFile });
    const folder = made.jobRun.workDirectory;
    const call = `msiexec /i ${folder}/package.msi /qn /norestart /l*v ${folder}/msi.log REBOOT=ReallySuppress A=1`;
    fake.answer(call, `echo "Error 1920. Service failed" >${folder}/msi.log; exit 67`);
    const job = { ...made.jobRun.job.action };
    if (job.kind !== 'software') throw new Error('a software job was made');
    const outcome = await adapters.msi.install(made.jobRun, { ...job, package_type: 'msi', install_args: ['A=1'] });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'install_failed',
      exit_code: 67,
      details: 'Error 1920. Service failed',
    });
    expect(fake.calls().at(-1)).toBe(call);
  });

  it('is removed by its product code, without the file', async () => {
    registry(listing);
    const made = await makeAdapterRun(fake, { name: '7-zip', operation: 'uninstall' });
    const folder = made.jobRun.workDirectory;
    const call = await line('/x', `${CODE} /qn /norestart /l*v ${folder}/msi.log REBOOT=ReallySuppress`);
    fake.answer(call, 'true');
    const job = made.jobRun.job.action;
    if (job.kind !== 'software') throw new Error('a software job was made');
    const outcome = await adapters.msi.uninstall(made.jobRun, { ...job, package_type: 'msi' });
    expect(outcome).toMatchObject({ outcome: 'completed', message: 'removed 7-zip' });
    expect(fake.calls().at(-1)).toBe(call);
  });

  it('its version is told for what takes back', async () => {
    registry(listing);
    const { jobRun } = await makeAdapterRun(fake, {});
    expect(await adapters.msi.installedVersion(jobRun, '7-zip')).toBe('23.01.00.0');
    expect(await adapters.msi.installedVersion(jobRun, 'other')).toBeNull();
  });
});

describe('exe packages', () => {
  it.each([
    ['….wixburn8…', ['/quiet', '/norestart']],
    ['…Inno Setup Setup Data (6.2.0)…', ['/VERYSILENT', '/SUPPRESSMSGBOXES', '/NORESTART', '/SP-']],
    ['…NullsoftInst…', ['/S']],
    ['MZ and nothing that is known', null],
  ])('the maker of %j has the switches %j', (content, expected) => {
    expect(silentArguments(Buffer.from(content))).toEqual(expected);
    if (expected !== null) expect(silentArguments(Buffer.from(`x${content}`, 'utf16le'))).toEqual(expected);
  });

  it('is run with the arguments of the job', async () => {
    server.content = Buffer.from('#!/bin/sh\nprintf "[%s]" "$@"\n');
    const { chmodSync } = await import('node:fs');
    const { sha256 } = await startedWith(server.content);
    const made = await makeAdapterRun(fake, {}, { openFile: server.openFile });
    const run = {
      ...made.jobRun,
      // A download is no program on this system until it is made one.
      progress: (status: string) => {
        if (status === 'installing') chmodSync(join(made.jobRun.workDirectory, 'install.exe'), 0o755);
      },
    };
    const job = made.jobRun.job.action;
    if (job.kind !== 'software') throw new Error('a software job was made');
    const file = storedFile('setup.exe', server.content.length, sha256);
    const outcome = await adapters.exe.install(run, {
      ...job,
      package_type: 'exe',
      source: { type: 'file', file },
      install_args: ['/S', '/D=C:\\My Tools'],
    });
    expect(outcome).toMatchObject({ outcome: 'completed', message: 'the installer of demo exited with code 0' });
    expect(made.text('stdout')).toBe('[/S][/D=C:\\My Tools]');
  });

  it('of an unknown maker and without arguments is not started, since its window would wait for ever', async () => {
    const { outcome } = await work('exe');
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'unsupported',
      message: expect.stringContaining('silent'),
    });
  });

  it('is removed by a command only', async () => {
    expect((await work('exe', { operation: 'uninstall' })).outcome).toMatchObject({ reason: 'unsupported' });
    const { jobRun } = await makeAdapterRun(fake, {});
    expect(adapters.exe.tracksVersions).toBe(false);
    expect(await adapters.exe.installedVersion(jobRun, 'demo')).toBeNull();
  });
});

const startedWith = async (content: Buffer) => {
  const other = await startFileServer(content);
  await other.close();
  return other;
};

describe('the list of winget', () => {
  it.each([
    ['7-Zip 23.01 (x64)  7zip.7zip   23.01   24.07  winget', '7zip.7zip', ['23.01']],
    ['Git  Git.Git  2.43.0  winget', 'git.git', ['2.43.0']],
    ['demo  demo  1.0', 'demo', ['1.0']],
    ['Tool  Maker.Tool  < 1.2  winget', 'Maker.Tool', ['1.2']],
    ['Tool  Maker.Tool  Unknown  winget', 'Maker.Tool', []],
    ['Name  Id  Version  Source', 'demo', []],
    ['No installed package found matching input criteria.', 'demo', []],
  ])('of %j the version of %s is %j', (text, id, versions) => {
    expect(parseWingetInstalled(`Name Id Version\r\n-----\r\n${text}\r\n`, id)).toEqual(versions);
  });
});
