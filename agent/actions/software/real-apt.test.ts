/** Against the machine's own apt and dpkg; needs root, a Debian system and its repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { makeFolder, makeRun, softwareAction, storedFile } from '../test/make-run.ts';

const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** Of a unique name, so that no real package is ever touched. */
const NAME = 'deployx-test-package';
/** apt alone takes seconds, many of them on a machine that is busy. */
const TEST_TIMEOUT_MS = 120_000;

const buildDeb = (version: string, control = ''): Buffer => {
  const folder = makeFolder();
  mkdirSync(join(folder, 'DEBIAN'));
  mkdirSync(join(folder, 'usr/share', NAME), { recursive: true });
  writeFileSync(join(folder, 'usr/share', NAME, 'version'), `${version}\n`);
  const lines = [
    `Package: ${NAME}`,
    `Version: ${version}`,
    'Architecture: all',
    'Maintainer: Nobody <nobody@example.org>',
  ];
  writeFileSync(join(folder, 'DEBIAN/control'), `${lines.join('\n')}\n${control}Description: made by a test\n`);
  const path = join(makeFolder(), 'built.deb');
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', folder, path], { stdio: 'ignore' });
  return readFileSync(path);
};

const installedVersion = (): string | null => {
  const path = `/usr/share/${NAME}/version`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
};

const perform = async (more: Partial<SoftwareJob>, server?: FileServer) => {
  const made = await makeRun(softwareAction(more), server === undefined ? {} : { openFile: server.openFile });
  return { ...made, outcome: await made.run() };
};

// Without root, or away from Debian, packages cannot be installed.
describe.skipIf(!canInstall)('real deb', () => {
  let server: FileServer;

  const source = (filename = 'anything.deb'): SoftwareJob['source'] => ({
    type: 'file',
    file: storedFile(filename, server.content.length, server.sha256),
  });
  const serve = async (content: Buffer) => {
    server = await startFileServer(content);
  };
  const deb = (more: Partial<SoftwareJob> = {}) =>
    perform({ name: 'my-app', package_type: 'deb', source: source(), ...more }, server);

  afterEach(async () => {
    await server.close();
    execFileSync('dpkg', ['--purge', NAME], { stdio: 'ignore' });
  });

  it(
    'installs, knows it the second time, and removes by the name in the file',
    async () => {
      await serve(buildDeb('2.0'));
      const first = await deb();
      expect(first.outcome).toMatchObject({ outcome: 'completed', reason: 'ok', message: `installed ${NAME} 2.0` });
      expect(installedVersion()).toBe('2.0');
      expect((await deb()).outcome).toMatchObject({ outcome: 'completed', reason: 'already_installed' });
      expect((await deb({ operation: 'uninstall' })).outcome).toMatchObject({ message: `removed ${NAME}` });
      expect(installedVersion()).toBeNull();
      expect((await deb({ operation: 'uninstall' })).outcome).toMatchObject({ message: `${NAME} is not installed` });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'a file of another version than wanted is not installed',
    async () => {
      await serve(buildDeb('2.0'));
      const { outcome } = await deb({ version: '3.*' });
      expect(outcome).toMatchObject({
        outcome: 'failed',
        reason: 'install_failed',
        message: expect.stringContaining('not version 3.*'),
      });
      expect(installedVersion()).toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'a package whose dependency nobody has fails and says so',
    async () => {
      await serve(buildDeb('2.0', 'Depends: deployx-no-such-package\n'));
      const { outcome } = await deb();
      expect(outcome).toMatchObject({ outcome: 'failed', reason: 'install_failed', exit_code: 100 });
      expect(outcome.details).toContain('deployx-no-such-package');
      expect(installedVersion()).toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'a file that is no package fails',
    async () => {
      await serve(Buffer.from('this is no package'));
      expect((await deb()).outcome).toMatchObject({ outcome: 'failed', message: 'the file is not a Debian package' });
    },
    TEST_TIMEOUT_MS,
  );
});

/** Small, without dependencies, and hardly in use anywhere. */
const FROM_REPOSITORY = 'sysvbanner';
const PROGRAM = '/usr/bin/banner';

// A machine that has the package already keeps it.
describe.skipIf(!canInstall || existsSync(PROGRAM))('real apt', () => {
  const apt = (more: Partial<SoftwareJob>) => perform({ name: FROM_REPOSITORY, ...more });

  it(
    'installs a package of the repository by a version pattern, knows it the second time, and removes it',
    async () => {
      const { outcome, text } = await apt({ version: '1*' });
      expect(outcome, text()).toMatchObject({ outcome: 'completed', reason: 'ok' });
      expect(execFileSync(PROGRAM, ['x'], { encoding: 'utf8' })).toContain('#');
      expect((await apt({ version: '1*' })).outcome.reason).toBe('already_installed');
      expect((await apt({ operation: 'uninstall' })).outcome.message).toBe(`removed ${FROM_REPOSITORY}`);
      expect(existsSync(PROGRAM)).toBe(false);
    },
    TEST_TIMEOUT_MS,
  );
});
