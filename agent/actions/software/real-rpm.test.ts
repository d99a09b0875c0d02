/** Against the machine's own rpm and dnf; needs root and both, which Debian has as packages too. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { makeFakePrograms } from '../test/fake-programs.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { type MakeOptions, makeFolder, makeRun, softwareAction, storedFile } from '../test/make-run.ts';
import { makeAdapterRun } from '../test/run-adapter.ts';
import { adapters } from './adapters.ts';

const has = (...programs: string[]) => programs.every((name) => existsSync(`/usr/bin/${name}`));
const isRoot = process.getuid?.() === 0;
const canInstall = isRoot && has('rpm', 'rpmbuild', 'dnf');
if (!canInstall) console.warn('real rpm tests are skipped: they need root, rpm with rpmbuild, and dnf');

/** Debian keeps the list of installed RPM packages in the home folder; a new one keeps the machine's own out of this. */
const HOME = makeFolder();

/** Of a unique name, so that no real package is ever touched. */
const NAME = 'deployx-test-package';
const MARK = `/usr/share/${NAME}/version`;
const DNF_LOCK = '/var/lib/dnf/rpmdb_lock.pid';
/** dnf alone takes seconds, many of them on a machine that is busy. */
const TEST_TIMEOUT_MS = 120_000;

const spec = (version: string, extra: string): string => `Name: ${NAME}
Version: ${version}
Release: 1
Summary: made by a test
License: MIT
BuildArch: noarch
AutoReqProv: no
${extra}
%description
Made by a test.
%install
mkdir -p %{buildroot}/usr/share/${NAME}
echo ${version} >%{buildroot}${MARK}
%files
${MARK}
`;

const buildRpm = (version: string, extra = ''): Buffer => {
  const folder = makeFolder();
  writeFileSync(join(folder, 'demo.spec'), spec(version, extra));
  execFileSync('rpmbuild', ['-bb', '--define', `_topdir ${folder}`, join(folder, 'demo.spec')], {
    stdio: 'pipe',
    env: { ...process.env, HOME },
  });
  const built = join(folder, 'RPMS/noarch');
  return readFileSync(join(built, readdirSync(built)[0] ?? ''));
};

/** A job that only asks. */
const asking = async () => {
  const { jobRun } = await makeAdapterRun(makeFakePrograms([]), {});
  return { ...jobRun, env: { ...jobRun.env, HOME } };
};

const installed = (): string | null => (existsSync(MARK) ? readFileSync(MARK, 'utf8').trim() : null);

const clean = () => {
  // Debian's rpm does nothing without the second option, which others do not know.
  if (installed() !== null) execFileSync('rpm', ['--erase', '--force-debian', NAME], { env: { ...process.env, HOME } });
};

describe.skipIf(!canInstall)('real rpm', () => {
  let server: FileServer;
  let old: Buffer;
  let fresh: Buffer;

  beforeAll(() => {
    [old, fresh] = [buildRpm('1.0'), buildRpm('2.0')];
  }, TEST_TIMEOUT_MS);
  beforeEach(async () => {
    server = await startFileServer(fresh);
  });
  afterEach(async () => {
    await server.close();
    clean();
  });

  const serve = async (content: Buffer) => {
    await server.close();
    server = await startFileServer(content);
  };
  const source = (): SoftwareJob['source'] => ({
    type: 'file',
    file: storedFile('tool.rpm', server.content.length, server.sha256),
  });
  const perform = async (
    more: Partial<SoftwareJob> = {},
    env: Record<string, string> = {},
    machine: MakeOptions['machine'] = {},
  ) => {
    const action = softwareAction({ name: 'my-app', package_type: 'rpm', source: source(), ...more });
    const made = await makeRun(action, { openFile: server.openFile, policy: { env: { HOME, ...env } }, machine });
    return { ...made, outcome: await made.run() };
  };

  it(
    'by dnf: installs, knows it the second time, goes back to an older file, and removes by the name in the file',
    async () => {
      const first = await perform();
      expect(first.outcome, first.text()).toMatchObject({ outcome: 'completed', message: `installed ${NAME} 2.0-1` });
      expect(installed()).toBe('2.0');
      expect((await perform({ version: '2.0' })).outcome.reason).toBe('already_installed');
      await serve(old);
      const back = await perform();
      expect(back.outcome, back.text()).toMatchObject({ outcome: 'completed', message: `installed ${NAME} 1.0-1` });
      expect(installed()).toBe('1.0');
      expect((await perform({ operation: 'uninstall' })).outcome).toMatchObject({ message: `removed ${NAME}` });
      expect(installed()).toBeNull();
      expect((await perform({ operation: 'uninstall' })).outcome.message).toBe(`${NAME} is not installed`);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'waits while another process holds the lock of dnf',
    async () => {
      // dnf takes a lock for held while the process whose number is in it lives, as this one does.
      mkdirSync('/var/lib/dnf', { recursive: true });
      writeFileSync(DNF_LOCK, String(process.pid));
      const sleep = async () => rmSync(DNF_LOCK, { force: true });
      try {
        const { outcome, text } = await perform({}, {}, { sleep });
        expect(outcome, text()).toMatchObject({ outcome: 'completed', message: `installed ${NAME} 2.0-1` });
        expect(text('system').match(/dnf install/g)).toHaveLength(2);
      } finally {
        await sleep();
      }
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'by rpm alone where there is no dnf',
    async () => {
      // A folder in which only these programs of the machine can be found; bash tells Debian's rpm where its list is.
      const bin = makeFakePrograms([]).onlyPath.split(':').at(-1) ?? '';
      for (const name of ['rpm', 'bash']) execFileSync('ln', ['-s', `/usr/bin/${name}`, join(bin, name)]);
      const { outcome, text } = await perform({ install_args: ['--force-debian'] }, { PATH: bin });
      expect(outcome, text()).toMatchObject({ outcome: 'completed', message: `installed ${NAME} 2.0-1` });
      expect(text('system')).toContain('$ rpm --upgrade');
      expect(installed()).toBe('2.0');
      const more = { operation: 'uninstall', name: NAME, install_args: ['--force-debian', '--replacepkgs'] } as const;
      const gone = await perform({ ...more, install_args: [...more.install_args] }, { PATH: bin });
      expect(gone.outcome).toMatchObject({ message: `removed ${NAME}` });
      expect(installed()).toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'a version that the file does not hold, a missing dependency and what is no package fail and say so',
    async () => {
      expect((await perform({ version: '3.*' })).outcome.message).toContain('not version 3.*');
      await serve(buildRpm('2.0', 'Requires: deployx-no-such-package'));
      const { outcome } = await perform();
      expect(outcome).toMatchObject({ outcome: 'failed', reason: 'install_failed', exit_code: 1 });
      expect(outcome.details).toContain('deployx-no-such-package');
      await serve(Buffer.from('this is no package'));
      expect((await perform()).outcome).toMatchObject({ outcome: 'failed', message: 'the file is not an RPM package' });
      expect(installed()).toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'a file without a type is taken for what its name says',
    async () => {
      const { outcome } = await perform({ package_type: null });
      expect(outcome.message).toBe(`installed ${NAME} 2.0-1 (package type rpm, chosen by this machine)`);
    },
    TEST_TIMEOUT_MS,
  );

  it('tells what is installed and what a file holds', async () => {
    const path = join(makeFolder(), 'x.rpm');
    writeFileSync(path, fresh);
    const jobRun = await asking();
    expect(await adapters.rpm.readPackage(jobRun, path)).toEqual({ name: NAME, version: '2.0-1' });
    expect(await adapters.rpm.installedVersion(jobRun, NAME)).toBeNull();
  });

  // The repository is a folder of this machine, which dnf reads without a network.
  describe.skipIf(!has('createrepo_c'))('from a repository', () => {
    const REPOSITORY = '/etc/yum.repos.d/deployx-test.repo';
    beforeAll(() => {
      const folder = makeFolder();
      writeFileSync(join(folder, 'old.rpm'), old);
      writeFileSync(join(folder, 'fresh.rpm'), fresh);
      execFileSync('createrepo_c', ['--quiet', folder]);
      mkdirSync('/etc/yum.repos.d', { recursive: true });
      writeFileSync(REPOSITORY, `[deployx-test]\nname=test\nbaseurl=file://${folder}\ngpgcheck=0\n`);
      return () => rmSync(REPOSITORY);
    });

    const dnf = async (more: Partial<SoftwareJob> = {}) => {
      const action = softwareAction({ name: NAME, package_type: 'dnf', ...more });
      const made = await makeRun(action, { policy: { env: { HOME } } });
      return { ...made, outcome: await made.run() };
    };

    it(
      'dnf installs by a pattern, changes to another version, tells it, and removes',
      async () => {
        const first = await dnf({ version: '1.*' });
        expect(first.outcome, first.text()).toMatchObject({ outcome: 'completed', message: `installed ${NAME} 1.0-1` });
        expect((await dnf()).outcome.reason).toBe('already_installed');
        expect((await dnf({ version: '2.0' })).outcome.message).toBe(`installed ${NAME} 2.0-1`);
        const jobRun = await asking();
        expect(await adapters.dnf.installedVersion(jobRun, NAME)).toBe('2.0-1');
        expect((await dnf({ version: '1.0-1' })).outcome.message).toBe(`installed ${NAME} 1.0-1`);
        expect((await dnf({ operation: 'uninstall' })).outcome.message).toBe(`removed ${NAME}`);
        expect(installed()).toBeNull();
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'dnf says that nobody has a package',
      async () => {
        const { outcome } = await dnf({ name: 'deployx-no-such-package' });
        expect(outcome).toMatchObject({
          outcome: 'failed',
          reason: 'install_failed',
          message: 'Unable to find a match: deployx-no-such-package',
        });
      },
      TEST_TIMEOUT_MS,
    );
  });
});
