import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { startFileServer } from '../test/file-server.ts';
import { type MakeOptions, makeFolder, makeRun, softwareAction, storedFile } from '../test/make-run.ts';
import { makeUndo } from '../test/undo-job.ts';
import { offerUndo } from './undo-offer.ts';
import type { SoftwareRecord } from './undo-record.ts';
import { planSoftwareUndo } from './undo-software.ts';

let folder: string;
let state: string;
let log: string;
let path: string;

/** An apt and a dpkg that keep what is installed in a file: name, then version. */
const makeWorld = () => {
  folder = makeFolder();
  state = join(folder, 'installed');
  log = join(folder, 'changes');
  writeFileSync(state, '');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = (name: string, text: string) => writeFileSync(join(bin, name), `#!/bin/sh\n${text}`, { mode: 0o755 });
  program('dpkg-query', `[ -s '${state}' ] || exit 1\necho "installed $(cat '${state}')"\n`);
  program('apt-cache', `echo '     1.0 500'; echo '     2.0 500'\n`);
  program(
    'apt-get',
    `echo "$@" >>'${log}'
for last in "$@"; do case $last in --allow-downgrades) down=yes;; esac; done
case $1 in
remove) : >'${state}' ;;
install)
  version=2.0
  case $last in *=*) version=\${last#*=} ;; esac
  if [ "$(cat '${state}')" = 2.0 ] && [ $version = 1.0 ] && [ -z "$down" ]; then echo 'E: downgrade' >&2; exit 100; fi
  printf %s $version >'${state}' ;;
esac
`,
  );
  path = `${bin}:/usr/bin:/bin`;
};

beforeEach(makeWorld);

const installed = () => readFileSync(state, 'utf8');
const changes = () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').length : 0);

const optionsOf = (more: MakeOptions = {}): MakeOptions => ({
  folder,
  ...more,
  policy: { env: { PATH: path }, ...more.policy },
  machine: { uid: 0, ...more.machine },
});

const perform = async (more: Partial<SoftwareJob>, options: MakeOptions = {}) => {
  const action = softwareAction({ name: 'demo', ...more });
  const made = await makeRun(action, optionsOf(options));
  const outcome = await made.run();
  const { job, backupDirectory: backups, cacheDirectory: cache } = made.context;
  return { made, action, id: job.target_id, outcome, offer: await offerUndo({ backups, cache }, job) };
};

type Performed = Pick<Awaited<ReturnType<typeof perform>>, 'action' | 'id'>;

const undo = async ({ action, id }: Performed, options: MakeOptions = {}) =>
  (await makeUndo(action, id, optionsOf(options))).run();

describe('UNDO3 a package by name', () => {
  it('that was not installed is removed, once', async () => {
    const job = await perform({});
    expect(job.outcome.outcome).toBe('completed');
    expect(job.offer).toEqual({ possible: true, text: 'uninstalls demo' });
    expect(await undo(job)).toMatchObject({ outcome: 'completed', message: 'removed demo' });
    expect(installed()).toBe('');
    const before = changes();
    expect(await undo(job)).toMatchObject({ outcome: 'completed', message: 'demo is as it was before' });
    expect(changes()).toBe(before);
  });

  it('goes back to the version that this device had, although it is older', async () => {
    writeFileSync(state, '1.0');
    const job = await perform({ version: '2.0' });
    expect(installed()).toBe('2.0');
    expect(job.offer).toEqual({ possible: true, text: 'reinstalls demo 1.0' });
    expect(await undo(job)).toMatchObject({ outcome: 'completed', message: 'installed demo 1.0' });
    expect(installed()).toBe('1.0');
    expect(await undo(job)).toMatchObject({ outcome: 'completed', message: 'demo is as it was before' });
  });

  it('that a job has removed comes back in its version', async () => {
    writeFileSync(state, '1.0');
    const job = await perform({ operation: 'uninstall' });
    expect([installed(), job.offer?.text]).toEqual(['', 'reinstalls demo 1.0']);
    await undo(job);
    expect(installed()).toBe('1.0');
  });

  it('that was there already, or was not there to be removed, stays', async () => {
    writeFileSync(state, '2.0');
    const there = await perform({});
    expect(there.outcome.reason).toBe('already_installed');
    expect(there.offer).toEqual({ possible: true, text: 'changes nothing: demo was installed already' });
    expect(await undo(there)).toMatchObject({ outcome: 'completed' });
    expect(installed()).toBe('2.0');
    writeFileSync(state, '');
    const missing = await perform({ operation: 'uninstall' });
    expect(missing.offer).toEqual({ possible: true, text: 'changes nothing: demo was not installed before either' });
    expect(await undo(missing)).toMatchObject({ outcome: 'completed' });
  });

  it('is what the first attempt found', async () => {
    writeFileSync(state, '1.0');
    const first = await perform({ version: '2.0' });
    const again = await makeRun(first.action, optionsOf({ job: { target_id: first.id, attempt: 2 } }));
    expect((await again.run()).reason).toBe('already_installed');
    await undo(first);
    expect(installed()).toBe('1.0');
  });

  it('goes back after an installation that failed half way', async () => {
    writeFileSync(state, '1.0');
    writeFileSync(join(folder, 'bin/apt-get'), `#!/bin/sh\nprintf 2.0 >'${state}'; echo 'E: postinst' >&2; exit 100\n`);
    const job = await perform({ version: '2.0' });
    expect(job.outcome).toMatchObject({ outcome: 'failed', reason: 'install_failed' });
    expect(job.offer).toEqual({ possible: true, text: 'reinstalls demo 1.0' });
  });

  it('of a job that was refused there is nothing to take back', async () => {
    const job = await perform({ install_args: ['--unknown'] });
    expect(job.outcome.reason).toBe('unsupported');
    expect(job.offer).toEqual({ possible: false, text: 'nothing was changed' });
    expect(await undo(job)).toMatchObject({ outcome: 'failed', reason: 'nothing_to_undo' });
  });

  it('is removed by its own command where it has one', async () => {
    const job = await perform({ uninstall_command: `: >'${state}'; echo own >'${join(folder, 'own')}'` });
    await undo(job);
    expect([installed(), existsSync(join(folder, 'own')), changes()]).toEqual(['', true, 1]);
  });
});

describe('UNDO3 a rollback command', () => {
  it('is run instead, once', async () => {
    const mark = join(folder, 'mark');
    const job = await perform({ rollback_command: `echo x >>'${mark}'` });
    expect(job.offer).toEqual({ possible: true, text: 'runs the rollback command of demo' });
    expect(await undo(job)).toMatchObject({ outcome: 'completed', exit_code: 0 });
    expect(await undo(job)).toMatchObject({ outcome: 'completed', message: expect.stringContaining('already') });
    expect(readFileSync(mark, 'utf8')).toBe('x\n');
  });

  it('that fails makes the undo fail, and is run again when it is tried again', async () => {
    const mark = join(folder, 'mark');
    const job = await perform({ rollback_command: `echo x >>'${mark}'; exit 4` });
    expect(await undo(job)).toMatchObject({ outcome: 'failed', exit_code: 4 });
    expect(await undo(job)).toMatchObject({ outcome: 'failed', exit_code: 4 });
    expect(readFileSync(mark, 'utf8')).toBe('x\nx\n');
  });

  it('JOB12 is a command to the policy', async () => {
    const job = await perform({ rollback_command: 'rm -rf /opt/demo' });
    expect(await undo(job, { policy: { env: { PATH: path }, deny_commands: ['rm *'] } })).toMatchObject({
      reason: 'policy_refused',
      message: expect.stringContaining('deny_commands'),
    });
  });
});

describe('UNDO3 what cannot be taken back', () => {
  it('is said beforehand and when it is asked: a script has no version before', async () => {
    const script = Buffer.from('echo installed\n');
    const server = await startFileServer(script);
    onTestFinished(() => server.close());
    const source = { type: 'file' as const, file: storedFile('a.sh', script.length, server.sha256) };
    const job = await perform({ package_type: 'sh', source }, { openFile: server.openFile });
    expect(job.outcome.outcome).toBe('completed');
    expect(job.offer).toEqual({ possible: false, text: 'what there was of demo before is not known (type sh)' });
    expect(await undo(job)).toMatchObject({ outcome: 'failed', reason: 'nothing_to_undo' });
  });

  it('JOB12 a command that removes it is a command to the policy as well', async () => {
    const job = await perform({ uninstall_command: 'rm -rf /opt/demo' });
    expect(await undo(job, { policy: { env: { PATH: path }, deny_commands: ['rm *'] } })).toMatchObject({
      reason: 'policy_refused',
    });
    expect(installed()).toBe('2.0');
  });

  it('JOB12 nothing is where software is not allowed', async () => {
    const job = await perform({});
    expect(await undo(job, { policy: { actions: ['files'] } })).toMatchObject({ reason: 'policy_refused' });
  });
});

const NAME = 'deployx-undo-package';
const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
/** apt alone takes seconds, many of them on a machine that is busy. */
const TEST_TIMEOUT_MS = 120_000;

const buildDeb = (version: string): Buffer => {
  const root = makeFolder();
  mkdirSync(join(root, 'DEBIAN'));
  mkdirSync(join(root, 'usr/share', NAME), { recursive: true });
  writeFileSync(join(root, 'usr/share', NAME, 'version'), version);
  const lines = [`Package: ${NAME}`, `Version: ${version}`, 'Architecture: all', 'Maintainer: N <n@example.org>'];
  writeFileSync(join(root, 'DEBIAN/control'), `${lines.join('\n')}\nDescription: made by a test\n`);
  const built = join(makeFolder(), 'built.deb');
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', root, built], { stdio: 'ignore' });
  return readFileSync(built);
};

// Without root, or away from Debian, packages cannot be installed.
describe.skipIf(!canInstall)('UNDO3 a real package from a file', () => {
  const version = () => {
    const file = `/usr/share/${NAME}/version`;
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  };

  it(
    'goes back to the version before from the agent’s cache, then away, whatever the job called it',
    async () => {
      onTestFinished(() => void execFileSync('dpkg', ['--purge', NAME], { stdio: 'ignore' }));
      const real = { policy: { env: {} } };
      const contents = [buildDeb('1.0'), buildDeb('2.0')];
      const jobs = [];
      for (const content of contents) {
        const server = await startFileServer(content);
        const source = { type: 'file' as const, file: storedFile('app.deb', content.length, server.sha256) };
        const options = { ...real, openFile: server.openFile };
        jobs.push(await perform({ name: 'my-app', package_type: 'deb', source }, options));
        await server.close();
      }
      const [first, second] = jobs;
      if (first === undefined || second === undefined) throw new Error('two jobs ran');
      expect([first.outcome.message, second.outcome.message]).toEqual([
        `installed ${NAME} 1.0`,
        `installed ${NAME} 2.0`,
      ]);
      expect([first.offer?.text, second.offer?.text]).toEqual([`uninstalls ${NAME}`, `reinstalls ${NAME} 1.0`]);
      expect(await undo(second, real)).toMatchObject({ outcome: 'completed', message: `installed ${NAME} 1.0` });
      expect(version()).toBe('1.0');
      expect(await undo(second, real)).toMatchObject({ message: `${NAME} is as it was before` });
      expect(await undo(first, real)).toMatchObject({ outcome: 'completed', message: `removed ${NAME}` });
      expect(version()).toBeNull();
      const cache = join(folder, 'cache');
      for (const name of readdirSync(cache)) rmSync(join(cache, name));
      const { job, backupDirectory: backups } = second.made.context;
      expect(await offerUndo({ backups, cache }, job)).toEqual({
        possible: false,
        text: `${NAME} 1.0, which was here before, is not kept as a file (policy cache)`,
      });
      expect(await undo(second, real)).toMatchObject({ outcome: 'failed', reason: 'nothing_to_undo' });
    },
    TEST_TIMEOUT_MS,
  );
});

describe('UNDO3 the plan', () => {
  const planOf = (more: Partial<SoftwareJob>, record: Partial<SoftwareRecord>) =>
    planSoftwareUndo(join(folder, 'cache'), softwareAction({ name: 'demo', ...more }), {
      kind: 'software',
      at: 0,
      package_type: 'apt',
      name: 'demo',
      before: { type: 'not_installed' },
      unchanged: false,
      undone: false,
      ...record,
    });

  it.each([
    ['pacman', 'pacman installs the newest version only'],
    ['brew', 'brew offers the newest version only, not demo 1.0'],
    ['deb', 'demo 1.0, which was here before, is not kept as a file'],
  ] as const)('%s does not promise a version that it cannot bring', async (package_type, why) => {
    const plan = await planOf({}, { package_type, before: { type: 'version', version: '1.0' } });
    expect(plan).toMatchObject({ type: 'impossible', why: expect.stringContaining(why) });
  });

  it('a pkg package goes only by its own command', async () => {
    expect(await planOf({}, { package_type: 'pkg' })).toMatchObject({ type: 'impossible' });
    expect(await planOf({ uninstall_command: 'rm -r /x' }, { package_type: 'pkg' })).toMatchObject({
      type: 'uninstall',
    });
  });

  it('a Homebrew package with a version in its name is removed under that name', async () => {
    const plan = await planOf({ version: '18' }, { package_type: 'brew', name: 'demo@18' });
    expect(plan).toMatchObject({ type: 'uninstall', job: { name: 'demo@18', version: null, package_type: 'brew' } });
  });
});
