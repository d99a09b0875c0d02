/** Who installs a file on which host, by exact command lines; the real ones are in `real-rpm.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { type FakePrograms, makeFakePrograms } from '../test/fake-programs.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { storedFile } from '../test/make-run.ts';
import { makeAdapterRun } from '../test/run-adapter.ts';
import { rpm } from './rpm.ts';
import { parseRpm } from './rpm-query.ts';

const fields = '%{NAME} %{EPOCHNUM} %{VERSION}-%{RELEASE}\\n';
const byName = `rpm --query --queryformat ${fields} demo`;
const missing = 'exit 1';

let server: FileServer;
beforeEach(async () => {
  server = await startFileServer(Buffer.from('content'));
});
afterEach(() => server.close());

const prepare = async (fake: FakePrograms, more: Partial<SoftwareJob> = {}) => {
  const file = storedFile('x.rpm', server.content.length, server.sha256);
  const action = { package_type: 'rpm', source: { type: 'file', file }, ...more } as const;
  const made = await makeAdapterRun(fake, action, { openFile: server.openFile });
  const job = made.jobRun.job.action;
  if (job.kind !== 'software') throw new Error('a software job was made');
  const jobRun = { ...made.jobRun, env: { PATH: fake.onlyPath } };
  const path = `${jobRun.workDirectory}/package.rpm`;
  fake.answer(`rpm --query --nosignature --queryformat ${fields} --package ${path}`, 'echo demo 0 1.2-3');
  return { ...made, path, work: () => rpm[job.operation](jobRun, { ...job, package_type: 'rpm' }) };
};

const dnf = '--assumeyes --setopt=exit_on_lock=True';

describe('rpm', () => {
  it.each([
    [['dnf', 'yum', 'rpm'], (path: string) => `dnf install ${dnf} ${path}`],
    [['yum', 'rpm'], (path: string) => `yum install ${dnf} ${path}`],
    [
      ['zypper', 'rpm'],
      (path: string) =>
        `zypper --non-interactive --no-color install --auto-agree-with-licenses --no-confirm --oldpackage --allow-unsigned-rpm ${path}`,
    ],
    [['rpm'], (path: string) => `rpm --upgrade --verbose --oldpackage ${path}`],
  ])('on a host with %j a file is installed by the first', async (programs, line) => {
    const fake = makeFakePrograms(programs);
    const { work, path } = await prepare(fake);
    fake.answer(byName, missing, 'echo demo 0 1.2-3');
    fake.answer(line(path), 'true');
    expect(await work()).toMatchObject({ outcome: 'completed', reason: 'ok', message: 'installed demo 1.2-3' });
  });

  it.each([
    [['dnf', 'rpm'], `dnf remove ${dnf} demo`],
    [['zypper', 'rpm'], 'zypper --non-interactive --no-color remove --no-confirm demo'],
    [['rpm'], 'rpm --erase --verbose demo'],
  ])('on a host with %j it is removed by the first', async (programs, line) => {
    const fake = makeFakePrograms(programs);
    const { work } = await prepare(fake, { operation: 'uninstall' });
    fake.answer(byName, 'echo demo 0 1.2-3');
    fake.answer(line, 'true');
    expect(await work()).toMatchObject({ outcome: 'completed', message: 'removed demo' });
  });

  it('waits for the lock that another rpm holds', async () => {
    const fake = makeFakePrograms(['rpm']);
    const { work, path } = await prepare(fake);
    fake.answer(byName, missing, 'echo demo 0 1.2-3');
    const locked = `echo "error: can't create transaction lock on /var/lib/rpm/.rpm.lock" >&2; exit 1`;
    fake.answer(`rpm --upgrade --verbose --oldpackage ${path}`, locked, 'true');
    expect(await work()).toMatchObject({ outcome: 'completed', reason: 'ok' });
  });

  it.each([['--nodeps'], ['--root=/tmp'], ['--define=x']])('dnf is not given %s', async (argument) => {
    const { work } = await prepare(makeFakePrograms(['dnf', 'rpm']), { install_args: [argument] });
    expect(await work()).toMatchObject({ reason: 'unsupported', message: `dnf is not given the argument ${argument}` });
  });

  it.each([
    ['demo 0 1.2-3\n', [{ name: 'demo', version: '1.2-3' }]],
    ['vim-enhanced 2 9.1.1-1.fc40\n', [{ name: 'vim-enhanced', version: '2:9.1.1-1.fc40' }]],
    ['package demo is not installed\n', []],
  ])('of %j it reads %j', (text, expected) => {
    expect(parseRpm(text)).toEqual(expected);
  });
});
