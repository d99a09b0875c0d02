import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { type FakePrograms, makeFakePrograms } from '../test/fake-programs.ts';
import { type MakeOptions, makeFolder, makeRun, softwareAction } from '../test/make-run.ts';
import { UndoRecord, writeRecord } from '../undo/undo-record.ts';

const options =
  '--yes -o DPkg::Lock::Timeout=54 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold';
const query = `dpkg-query --show --showformat=${'$'}{db:Status-Status} ${'$'}{Version}\\n -- demo`;
const askPolicy = 'apt-cache policy -- demo';
const update = 'apt-get update -o DPkg::Lock::Timeout=54';
const installLine = (what = 'demo', args = '') => `apt-get install ${options}${args} -- ${what}`;
const removeLine = (args = '') => `apt-get remove ${options}${args} -- demo`;

const installed = (version: string) => `echo 'installed ${version}'`;
const missing = 'echo "no packages found" >&2; exit 1';
const inLists = (...versions: string[]) => versions.map((version) => `echo '     ${version} 500'`).join('; ');
const fails = (message: string) => `echo '${message}' >&2; exit 100`;

let fake: FakePrograms;
let folder = '';

beforeEach(() => {
  folder = makeFolder();
  fake = makeFakePrograms(['apt-get', 'apt-cache', 'dpkg-query', 'dpkg']);
});

const rebootFile = () => join(folder, 'reboot-required');

const noted = UndoRecord.parse({
  kind: 'software',
  at: 0,
  package_type: 'apt',
  name: 'demo',
  before: { type: 'not_installed' },
  unchanged: false,
  undone: false,
});

const work = async (more: Partial<SoftwareJob> = {}, extra: MakeOptions = {}) => {
  const made = await makeRun(softwareAction({ name: 'demo', ...more }), {
    ...extra,
    policy: { env: { PATH: fake.path }, ...extra.policy },
    machine: { uid: 0, rebootRequiredFile: rebootFile(), sleep: async () => {}, ...extra.machine },
  });
  // What was here before is noted already, so that only the calls of the job itself are counted.
  const { backupDirectory, job } = made.context;
  await writeRecord(backupDirectory, job.target_id, noted);
  return { ...made, outcome: await made.run() };
};

const changes = () => fake.calls().filter((line) => /^apt-get|^dpkg -/.test(line));

describe('apt install', () => {
  it('installs what is missing, and checks that it is there', async () => {
    fake.answer(query, missing, installed('1.2'));
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine(), 'echo "Setting up demo"; echo "$DEBIAN_FRONTEND $LC_ALL"');
    const { outcome, text, statuses } = await work();
    expect(outcome).toEqual({
      outcome: 'completed',
      reason: 'ok',
      exit_code: 0,
      message: 'installed demo 1.2',
      details: null,
    });
    expect(text('stdout')).toBe('Setting up demo\nnoninteractive C\n');
    expect(text('system')).toContain('$ apt-get install --yes');
    expect(statuses.map((each) => each.status)).toEqual(['installing', 'installing', 'verifying']);
  });

  it.each([
    ['1.2', 'demo=1.2'],
    ['1.*', 'demo=1.*'],
  ])('asks for version %s as apt understands it', async (version, what) => {
    fake.answer(query, missing, installed('1.2'));
    fake.answer(askPolicy, inLists('2.0', '1.2'));
    fake.answer(installLine(what), 'true');
    expect((await work({ version })).outcome).toMatchObject({ outcome: 'completed', message: 'installed demo 1.2' });
  });

  it.each([
    [null, '1.2'],
    ['1.2', '1.2'],
    ['1.*', '1.2'],
  ])('does nothing when %j is wanted and %s is installed', async (version, present) => {
    fake.answer(query, installed(present));
    const { outcome } = await work({ version });
    expect(outcome).toMatchObject({ outcome: 'completed', reason: 'already_installed' });
    expect(changes()).toEqual([]);
  });

  it('changes another version that is installed', async () => {
    fake.answer(query, installed('1.0'), installed('1.2'));
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine('demo=1.2'), 'true');
    expect((await work({ version: '1.2' })).outcome.reason).toBe('ok');
  });

  it('updates the lists once when they do not hold what is wanted', async () => {
    fake.answer(query, missing, installed('1.2'));
    fake.answer(askPolicy, 'true', inLists('1.2'));
    fake.answer(update, 'true');
    fake.answer(installLine(), 'true');
    expect((await work()).outcome.outcome).toBe('completed');
    expect(changes()).toEqual([update, installLine()]);
  });

  it('does not hand apt a name that no list has, which it would take for a pattern', async () => {
    fake.answer(query, missing);
    fake.answer(askPolicy, 'true');
    fake.answer(update, 'true');
    const { outcome } = await work();
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'install_failed',
      message: 'no repository of this machine has demo',
    });
    expect(changes()).toEqual([update]);
  });

  it('updates the lists when they name files that are gone', async () => {
    fake.answer(query, missing, installed('1.2'));
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(update, 'true');
    fake.answer(installLine(), fails('E: Failed to fetch http://x/demo.deb  404  Not Found'), 'true');
    expect((await work()).outcome.outcome).toBe('completed');
    expect(changes()).toEqual([installLine(), update, installLine()]);
  });

  it('waits for the lock of another package manager', async () => {
    fake.answer(query, missing, installed('1.2'));
    fake.answer(askPolicy, inLists('1.2'));
    const locked = fails('E: Could not get lock /var/cache/apt/archives/lock. It is held by process 7 (apt)');
    fake.answer(installLine(), locked, locked, 'true');
    expect((await work()).outcome.outcome).toBe('completed');
  });

  it('gives up on a lock before the time limit does, and says so', async () => {
    fake.answer(query, missing);
    fake.answer(askPolicy, inLists('1.2'));
    const line = installLine().replace('Timeout=54', 'Timeout=1');
    fake.answer(line, fails('E: Could not get lock /x. It is held by process 7 (apt)'));
    const { outcome } = await work({}, { timeout_seconds: 1 });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'install_failed',
      message: 'another package manager holds the lock',
      details: expect.stringContaining('held by process 7'),
    });
  });

  it('finishes what an interrupted dpkg left, once', async () => {
    fake.answer(query, missing, installed('1.2'));
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine(), fails('E: dpkg was interrupted, you must manually run dpkg'), 'true');
    fake.answer('dpkg --configure -a --force-confdef --force-confold', 'true');
    expect((await work()).outcome.outcome).toBe('completed');
  });

  it('says what apt says, with its exit code and output', async () => {
    fake.answer(query, missing);
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine(), fails('E: Unable to correct problems, you have held broken packages.'));
    expect((await work()).outcome).toEqual({
      outcome: 'failed',
      reason: 'install_failed',
      exit_code: 100,
      message: 'Unable to correct problems, you have held broken packages.',
      details: 'E: Unable to correct problems, you have held broken packages.',
    });
  });

  it('a full disk has its own reason', async () => {
    fake.answer(query, missing);
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine(), fails('E: You do not have enough free space in /var/cache/apt/archives/.'));
    expect((await work()).outcome).toMatchObject({ outcome: 'failed', reason: 'disk_full' });
  });

  it('an apt that ends well without having installed anything fails', async () => {
    fake.answer(query, missing);
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine('demo', ' --only-upgrade'), 'true');
    expect((await work({ install_args: ['--only-upgrade'] })).outcome).toMatchObject({ reason: 'install_failed' });
  });

  it('tells of a restart that the installation asks for', async () => {
    fake.answer(query, missing, installed('1.2'));
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine(), `touch ${rebootFile()}`);
    expect((await work()).outcome).toMatchObject({ outcome: 'completed', reason: 'reboot_required' });
  });

  it('does not take the blame for a restart that was asked for before', async () => {
    writeFileSync(rebootFile(), '');
    fake.answer(query, missing, installed('1.2'));
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine(), 'true');
    expect((await work()).outcome.reason).toBe('ok');
  });

  it('JOB8 a cancel ends apt', async () => {
    fake.answer(query, missing);
    fake.answer(askPolicy, inLists('1.2'));
    fake.answer(installLine(), 'echo working; sleep 60');
    const made = await makeRun(softwareAction({ name: 'demo' }), {
      policy: { env: { PATH: fake.path } },
      machine: { uid: 0 },
    });
    const outcome = made.run();
    while (!made.text('stdout').includes('working')) await new Promise((resolve) => setTimeout(resolve, 10));
    made.controller.abort('canceled');
    expect(await outcome).toMatchObject({ outcome: 'canceled', reason: 'canceled' });
  });
});

describe('JOB12 what is not done', () => {
  it.each([
    [{ name: 'demo-' }, 'not the name of a Debian package'],
    [{ name: 'Demo' }, 'not the name of a Debian package'],
    [{ name: 'demo/testing' }, 'not the name of a Debian package'],
    [{ install_args: ['-o', 'DPkg::Pre-Invoke::=touch /tmp/x'] }, 'apt is not given the argument -o'],
    [{ install_args: ['other'] }, 'apt is not given the argument other'],
  ])('%j: %s', async (more, message) => {
    const { outcome } = await work(more);
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'unsupported',
      message: expect.stringContaining(message),
    });
    expect(fake.calls()).toEqual([]);
  });

  it('an agent without root says that it needs it', async () => {
    const { outcome } = await work({}, { machine: { uid: 1000 } });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'unsupported',
      message: expect.stringContaining('runs as root'),
    });
    expect(fake.calls()).toEqual([]);
  });

  it('a policy that runs jobs as another user refuses', async () => {
    const { outcome } = await work({}, { policy: { run_as: 'nobody', env: { PATH: fake.path } } });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'policy_refused',
      message: expect.stringContaining('run_as'),
    });
  });

  it('a host without apt says so', async () => {
    const made = await makeRun(softwareAction({ name: 'demo' }), {
      policy: { env: { PATH: '/nowhere' } },
      machine: { uid: 0 },
    });
    expect(await made.run()).toMatchObject({
      outcome: 'failed',
      reason: 'unsupported',
      message: 'apt packages need apt-get, which this host does not have',
    });
  });
});

describe('apt uninstall', () => {
  const uninstall = (more: Partial<SoftwareJob> = {}) => work({ operation: 'uninstall', ...more });

  it('removes what is installed', async () => {
    fake.answer(query, installed('1.2'));
    fake.answer(removeLine(), 'true');
    expect((await uninstall()).outcome).toMatchObject({ outcome: 'completed', message: 'removed demo' });
  });

  it('passes on of the arguments those that removing knows', async () => {
    fake.answer(query, installed('1.2'));
    fake.answer(removeLine(' --purge'), 'true');
    expect((await uninstall({ install_args: ['--no-install-recommends', '--purge'] })).outcome.outcome).toBe(
      'completed',
    );
  });

  it('has nothing to do for what is not installed', async () => {
    fake.answer(query, missing);
    expect((await uninstall()).outcome).toMatchObject({ outcome: 'completed', message: 'demo is not installed' });
    expect(changes()).toEqual([]);
  });

  it('uses the command that the package brings', async () => {
    const marker = join(folder, 'removed');
    expect((await uninstall({ uninstall_command: `touch ${marker}` })).outcome.outcome).toBe('completed');
    expect(existsSync(marker)).toBe(true);
    expect(fake.calls()).toEqual([]);
  });
});
