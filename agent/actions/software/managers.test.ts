/** Package managers of other systems, by their exact command lines, answered by programs that play theirs. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import type { PackageType } from '#protocol/software.ts';
import { type FakePrograms, makeFakePrograms } from '../test/fake-programs.ts';
import type { MakeOptions } from '../test/make-run.ts';
import { makeAdapterRun, runAdapter } from '../test/run-adapter.ts';
import { adapters } from './adapters.ts';

const rpmFields = '%{NAME} %{EPOCHNUM} %{VERSION}-%{RELEASE}\\n';
const rpmByName = `rpm --query --queryformat ${rpmFields} demo`;
const rpmByProvides = `rpm --query --queryformat ${rpmFields} --whatprovides demo`;
const dnfCommon = '--assumeyes --setopt=exit_on_lock=True';
const zypper = 'zypper --non-interactive --no-color';
const zypperInstall = `${zypper} install --auto-agree-with-licenses --no-confirm`;
const winget = '--exact --silent --accept-source-agreements --disable-interactivity';
const missing = 'exit 1';

type Manager = {
  type: PackageType;
  /** The questions for what is installed, and answers: none, a version as the manager writes it. */
  ask: string[];
  tells: (version: string) => string;
  versions: { old: string; fresh: string };
  install: string;
  /** A version that a job asks for, and what the manager is told then; null where it cannot be told. */
  pin: { version: string; line: string } | null;
  /** The same over a version that is installed. */
  change?: string;
  remove: string;
  option: { argument: string; line: string };
  lock: string;
  broken: { script: string; message: string; exitCode: number };
};

const managers: readonly Manager[] = [
  {
    type: 'dnf',
    ask: [rpmByName, rpmByProvides],
    tells: (version) => `echo demo 0 ${version}`,
    versions: { old: '1.0-1', fresh: '1.2-3.fc40' },
    install: `dnf install ${dnfCommon} demo`,
    pin: { version: '1.2*', line: `dnf install ${dnfCommon} demo-1.2*` },
    remove: `dnf remove ${dnfCommon} demo`,
    option: { argument: '--allowerasing', line: `dnf install ${dnfCommon} --allowerasing demo` },
    lock: 'exit 200',
    broken: { script: 'echo "Error: GPG check FAILED" >&2; exit 1', message: 'GPG check FAILED', exitCode: 1 },
  },
  {
    type: 'yum',
    ask: [rpmByName, rpmByProvides],
    tells: (version) => `echo demo 0 ${version}`,
    versions: { old: '1.0-1', fresh: '1.2-3.el7' },
    install: `yum install ${dnfCommon} demo`,
    pin: { version: '1.2', line: `yum install ${dnfCommon} demo-1.2` },
    remove: `yum remove ${dnfCommon} demo`,
    option: { argument: '--nogpgcheck', line: `yum install ${dnfCommon} --nogpgcheck demo` },
    lock: 'echo "Another app is currently holding the yum lock; exiting as configured by exit_on_lock"; exit 200',
    broken: { script: 'echo "Error: Package: demo" >&2; exit 1', message: 'Package: demo', exitCode: 1 },
  },
  {
    type: 'zypper',
    ask: [rpmByName, rpmByProvides],
    tells: (version) => `echo demo 0 ${version}`,
    versions: { old: '1.0-1', fresh: '1.2-lp155.3' },
    install: `${zypperInstall} demo`,
    pin: { version: '1.2', line: `${zypperInstall} --oldpackage demo=1.2` },
    remove: `${zypper} remove --no-confirm demo`,
    option: { argument: '--no-recommends', line: `${zypperInstall} --no-recommends demo` },
    lock: 'exit 7',
    broken: {
      script: 'exit 104',
      message: 'no repository of this machine has the package in that version',
      exitCode: 104,
    },
  },
  {
    type: 'apk',
    ask: ['apk info --installed --verbose demo'],
    tells: (version) => `echo demo-${version}`,
    versions: { old: '1.0-r0', fresh: '1.2-r3' },
    install: 'apk add --no-progress demo',
    pin: { version: '1.2*', line: 'apk add --no-progress demo=~1.2' },
    remove: 'apk del --no-progress demo',
    option: { argument: '--no-scripts', line: 'apk add --no-progress --no-scripts demo' },
    lock: 'echo "ERROR: Unable to lock database: Resource temporarily unavailable"; exit 99',
    broken: { script: 'echo "ERROR: demo-1.2: IO ERROR"; exit 1', message: 'demo-1.2: IO ERROR', exitCode: 1 },
  },
  {
    type: 'pacman',
    ask: ['pacman --query demo'],
    tells: (version) => `echo demo ${version}`,
    versions: { old: '1.0-1', fresh: '1.2-3' },
    install: 'pacman --sync --noconfirm --noprogressbar --needed demo',
    pin: null,
    remove: 'pacman --remove --noconfirm --noprogressbar demo',
    option: { argument: '--asdeps', line: 'pacman --sync --noconfirm --noprogressbar --needed --asdeps demo' },
    lock: 'echo "error: failed to init transaction (unable to lock database)" >&2; exit 1',
    broken: {
      script: 'echo "error: target not found: demo" >&2; exit 1',
      message: 'target not found: demo',
      exitCode: 1,
    },
  },
  {
    type: 'choco',
    ask: ['choco list demo --exact --limit-output --local-only', 'choco list demo --exact --limit-output'],
    tells: (version) => `echo 'Demo|${version}'`,
    versions: { old: '1.0', fresh: '1.2.0' },
    install: 'choco install demo --yes --no-progress --limit-output',
    pin: {
      version: '1.2.0',
      line: 'choco install demo --yes --no-progress --limit-output --version 1.2.0 --allow-downgrade',
    },
    change: 'choco upgrade demo --yes --no-progress --limit-output --version 1.2.0 --allow-downgrade',
    remove: 'choco uninstall demo --yes --no-progress --limit-output',
    option: { argument: '--x86', line: 'choco install demo --yes --no-progress --limit-output --x86' },
    lock: 'echo "Unable to obtain lock"; exit 1',
    broken: { script: 'echo "ERROR: checksum"; exit 1', message: 'checksum', exitCode: 1 },
  },
  {
    type: 'winget',
    ask: ['winget list --id demo --exact --accept-source-agreements --disable-interactivity'],
    tells: (version) => `printf 'Name  Id   Version Source\\n------\\nThe demo demo ${version} winget\\n'`,
    versions: { old: '1.0', fresh: '1.2' },
    install: `winget install --id demo ${winget} --accept-package-agreements`,
    pin: { version: '1.2', line: `winget install --id demo ${winget} --accept-package-agreements --version 1.2` },
    remove: `winget uninstall --id demo ${winget}`,
    option: {
      argument: '--scope=machine',
      line: `winget install --id demo ${winget} --accept-package-agreements --scope=machine`,
    },
    // Its own codes do not fit into an exit code here; the table of codes covers them.
    lock: '',
    broken: { script: 'exit 9', message: 'winget exited with code 9', exitCode: 9 },
  },
];

describe.each(managers)('$type', (manager) => {
  let fake: FakePrograms;
  beforeEach(() => {
    fake = makeFakePrograms([manager.type, 'rpm']);
  });

  /** What is installed at each time it is asked; null is nothing. */
  const installed = (...versions: (string | null)[]) => {
    const scripts = versions.map((version) => (version === null ? missing : manager.tells(version)));
    for (const [index, line] of manager.ask.entries()) fake.answer(line, ...(index === 0 ? scripts : [missing]));
  };
  const work = (more: Partial<SoftwareJob> = {}, options: MakeOptions = {}) =>
    runAdapter(manager.type, fake, more, options);
  const changes = () => fake.calls().filter((line) => !manager.ask.includes(line));
  const { old, fresh } = manager.versions;

  it('installs what is missing and looks that it is there', async () => {
    installed(null, fresh);
    fake.answer(manager.install, 'echo working');
    const { outcome, text, statuses } = await work();
    expect(outcome).toMatchObject({ outcome: 'completed', reason: 'ok', message: `installed demo ${fresh}` });
    expect(changes()).toEqual([manager.install]);
    expect(text('stdout')).toContain('working');
    expect(statuses.at(-1)?.status).toBe('verifying');
  });

  it('PKG2 does nothing when it is installed', async () => {
    installed(fresh);
    expect((await work()).outcome).toMatchObject({ outcome: 'completed', reason: 'already_installed' });
    expect(changes()).toEqual([]);
  });

  it('asks for the version in the manager’s own way, or says that it cannot', async () => {
    installed(null, fresh);
    if (manager.pin === null) {
      const { outcome } = await work({ version: '1.2' });
      expect(outcome).toMatchObject({
        outcome: 'failed',
        reason: 'unsupported',
        message: expect.stringContaining('1.2'),
      });
      expect(fake.calls()).toEqual([]);
      return;
    }
    fake.answer(manager.pin.line, 'true');
    expect((await work({ version: manager.pin.version })).outcome).toMatchObject({ reason: 'ok' });
    expect(changes()).toEqual([manager.pin.line]);
  });

  it.skipIf(manager.pin === null)('replaces another version that is installed', async () => {
    installed(old, fresh);
    const line = manager.change ?? manager.pin?.line ?? '';
    fake.answer(line, 'true');
    const { outcome } = await work({ version: manager.pin?.version ?? null });
    expect(outcome).toMatchObject({ outcome: 'completed', message: `installed demo ${fresh}` });
    expect(changes()).toEqual([line]);
  });

  it('PKG4 hands on arguments that it knows and refuses others', async () => {
    installed(null, fresh);
    fake.answer(manager.option.line, 'true');
    expect((await work({ install_args: [manager.option.argument] })).outcome).toMatchObject({ outcome: 'completed' });
    expect(changes()).toEqual([manager.option.line]);
    for (const argument of ['--config=/tmp/x', '--root', '-x', 'other-package', '--setopt=pluginpath=/tmp']) {
      const { outcome } = await work({ install_args: [argument] });
      expect(outcome).toMatchObject({
        reason: 'unsupported',
        message: `${manager.type} is not given the argument ${argument}`,
      });
    }
  });

  it.skipIf(manager.lock === '')('PKG3 waits for another package manager and says so', async () => {
    installed(null, fresh);
    fake.answer(manager.install, manager.lock, manager.lock, 'true');
    const messages: (string | null)[] = [];
    const made = await makeAdapterRun(fake, { package_type: manager.type });
    const jobRun = {
      ...made.jobRun,
      progress: (_status: string, _percent: number | null, message: string | null) => messages.push(message),
    };
    const job = { ...made.jobRun.job.action };
    if (job.kind !== 'software') throw new Error('a software job was made');
    const outcome = await adapters[manager.type].install(jobRun, { ...job, package_type: manager.type });
    expect(outcome).toMatchObject({ outcome: 'completed', reason: 'ok' });
    expect(changes()).toEqual([manager.install, manager.install, manager.install]);
    expect(messages.filter((message) => message === 'waiting for another package manager')).toHaveLength(2);
  });

  it.skipIf(manager.lock === '')('PKG3 a cancel ends the waiting', async () => {
    installed(null);
    fake.answer(manager.install, manager.lock);
    const made = await makeAdapterRun(fake, { package_type: manager.type });
    const machine = { ...made.machine, uid: 0, sleep: async () => made.controller.abort('canceled') };
    const job = made.jobRun.job.action;
    if (job.kind !== 'software') throw new Error('a software job was made');
    const outcome = await adapters[manager.type].install(
      { ...made.jobRun, machine },
      { ...job, package_type: manager.type },
    );
    expect(outcome).toMatchObject({ outcome: 'canceled', reason: 'canceled' });
    expect(changes().length).toBeLessThanOrEqual(2);
  });

  it('tells a failure in the manager’s words, with the end of what it wrote', async () => {
    installed(null);
    fake.answer(manager.install, `echo before; ${manager.broken.script}`);
    const { outcome } = await work();
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'install_failed',
      exit_code: manager.broken.exitCode,
      message: manager.broken.message,
      details: expect.stringContaining('before'),
    });
  });

  it('an end that is well without the version that was wanted is a failure', async () => {
    installed(old);
    const version = manager.pin?.version;
    if (version === undefined) return;
    fake.answer(manager.change ?? manager.pin?.line ?? '', 'true');
    fake.answer(`yum downgrade ${dnfCommon} demo-1.2`, 'true');
    expect((await work({ version })).outcome).toMatchObject({
      reason: 'install_failed',
      message: expect.stringContaining(`but version ${old}`),
    });
  });

  it('removes what is installed, and only that', async () => {
    installed(fresh);
    fake.answer(manager.remove, 'true');
    expect((await work({ operation: 'uninstall' })).outcome).toMatchObject({ message: 'removed demo' });
    expect(changes()).toEqual([manager.remove]);
  });

  it('tells the installed version for what takes back', async () => {
    installed(fresh, null);
    const { jobRun } = await makeAdapterRun(fake, {});
    const adapter = adapters[manager.type];
    expect(adapter.tracksVersions).toBe(true);
    expect(await adapter.installedVersion(jobRun, 'demo')).toBe(fresh);
    expect(await adapter.installedVersion(jobRun, 'demo')).toBeNull();
    expect(adapter.pinProblem('1.2') === null).toBe(manager.pin !== null);
  });
});

describe.each(managers.filter(({ type }) => type !== 'winget'))('$type where it is not installed', ({ type, ask }) => {
  it('nothing is removed', async () => {
    const fake = makeFakePrograms([type, 'rpm']);
    for (const line of ask) fake.answer(line, missing);
    const { outcome } = await runAdapter(type, fake, { operation: 'uninstall' });
    expect(outcome).toMatchObject({ outcome: 'completed', message: 'demo is not installed' });
    expect(fake.calls()).toEqual(ask);
  });
});
