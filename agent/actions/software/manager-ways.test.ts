/** What single package managers do differently from the others, by their exact command lines. */
import { describe, expect, it } from 'vitest';
import { makeFakePrograms } from '../test/fake-programs.ts';
import { makeAdapterRun, runAdapter } from '../test/run-adapter.ts';
import { adapters } from './adapters.ts';
import { APT_WAITS } from './apt-run.ts';
import { changeSystem } from './change-system.ts';
import { RPM_WAITS } from './rpm.ts';

const rpmFields = '%{NAME} %{EPOCHNUM} %{VERSION}-%{RELEASE}\\n';
const rpmByName = `rpm --query --queryformat ${rpmFields} demo`;
const rpmByProvides = `rpm --query --queryformat ${rpmFields} --whatprovides demo`;
const dnfCommon = '--assumeyes --setopt=exit_on_lock=True';
const zypper = 'zypper --non-interactive --no-color';
const zypperInstall = `${zypper} install --auto-agree-with-licenses --no-confirm`;
const winget = '--exact --silent --accept-source-agreements --disable-interactivity';
const missing = 'exit 1';

describe('particular ways', () => {
  it.each(['dnf', 'yum', 'zypper', 'apk', 'pacman'] as const)('%s needs root', async (type) => {
    const fake = makeFakePrograms([type, 'rpm']);
    const { outcome } = await runAdapter(type, fake, {}, { machine: { uid: 1000 } });
    expect(outcome).toMatchObject({ reason: 'unsupported', message: expect.stringContaining('root') });
    expect(fake.calls()).toEqual([]);
  });

  it.each([
    [
      'dnf',
      rpmByName,
      `dnf install ${dnfCommon} demo`,
      'echo "Error: Unable to find a match: demo"; exit 1',
      `dnf makecache ${dnfCommon} --refresh`,
    ],
    [
      'yum',
      rpmByName,
      `yum install ${dnfCommon} demo`,
      'echo "No package demo available."; exit 1',
      'yum clean expire-cache --setopt=exit_on_lock=True',
    ],
    [
      'zypper',
      rpmByName,
      `${zypperInstall} demo`,
      `echo "'demo' not found in package names."; exit 104`,
      `${zypper} refresh`,
    ],
    [
      'apk',
      'apk info --installed --verbose demo',
      'apk add --no-progress demo',
      'echo "ERROR: unable to select packages:"; exit 1',
      'apk update --no-progress',
    ],
  ] as const)(
    '%s brings its lists up to date once when they do not hold it',
    async (type, ask, install, fails, refresh) => {
      const fake = makeFakePrograms([type, 'rpm']);
      fake.answer(rpmByProvides, missing);
      fake.answer(ask, missing, type === 'apk' ? 'echo demo-1.2-r0' : 'echo demo 0 1.2-1');
      fake.answer(install, fails, 'true');
      fake.answer(refresh, 'true');
      expect((await runAdapter(type, fake)).outcome).toMatchObject({ outcome: 'completed', reason: 'ok' });
      expect(fake.calls().filter((line) => !line.startsWith('rpm') && line !== ask)).toEqual([
        install,
        refresh,
        install,
      ]);
    },
  );

  it('yum goes back to an older version by another command', async () => {
    const fake = makeFakePrograms(['yum', 'rpm']);
    fake.answer(rpmByName, 'echo demo 0 2.0-1', 'echo demo 0 2.0-1', 'echo demo 0 1.2-1');
    fake.answer(`yum install ${dnfCommon} demo-1.2`, 'echo "Nothing to do"');
    fake.answer(`yum downgrade ${dnfCommon} demo-1.2`, 'true');
    expect((await runAdapter('yum', fake, { version: '1.2' })).outcome).toMatchObject({
      message: 'installed demo 1.2-1',
    });
  });

  it('a name that a package only provides counts as installed', async () => {
    const fake = makeFakePrograms(['dnf', 'rpm']);
    fake.answer(rpmByName, missing);
    fake.answer(rpmByProvides, 'echo demo-enhanced 2 9.1-1');
    expect((await runAdapter('dnf', fake)).outcome).toMatchObject({
      reason: 'already_installed',
      message: 'demo 2:9.1-1 is installed already',
    });
  });

  it('dnf tells a restart that this installation brought, not one that was wanted before', async () => {
    const ask = 'needs-restarting --reboothint';
    const install = async (...hints: string[]) => {
      const fake = makeFakePrograms(['dnf', 'rpm', 'needs-restarting']);
      fake.answer(rpmByName, missing, 'echo demo 0 1.2-1');
      fake.answer(rpmByProvides, missing);
      fake.answer(`dnf install ${dnfCommon} demo`, 'true');
      fake.answer(ask, ...hints);
      return (await runAdapter('dnf', fake)).outcome;
    };
    expect(await install('exit 0', 'exit 1')).toMatchObject({ outcome: 'completed', reason: 'reboot_required' });
    expect(await install('exit 1', 'exit 1')).toMatchObject({ outcome: 'completed', reason: 'ok' });
  });

  it('PKG2 zypper tells a restart by its exit code', async () => {
    const fake = makeFakePrograms(['zypper', 'rpm']);
    fake.answer(rpmByName, missing);
    fake.answer(rpmByProvides, missing);
    fake.answer(`${zypperInstall} demo`, 'exit 102');
    expect((await runAdapter('zypper', fake)).outcome).toEqual({
      outcome: 'completed',
      reason: 'reboot_required',
      exit_code: 102,
      message: 'installed demo; the machine wants a restart',
      details: null,
    });
  });

  it.each([
    [
      'zypper',
      [rpmByName, 'echo demo 0 1.9-1'],
      `${zypper} search --match-exact --details --type package demo`,
      "printf 'S | Name | Type | Version | Arch | Repository\\n--+--\\ni | demo | package | 2.0-1 | noarch | r\\nv | demo | package | 1.9-1 | noarch | r\\nv | demo | package | 1.8-1 | noarch | r\\n'",
      `${zypperInstall} --oldpackage demo=1.9-1`,
    ],
    [
      'choco',
      ['choco list demo --exact --limit-output --local-only', "echo 'demo|1.9'"],
      'choco search demo --exact --all-versions --limit-output',
      "printf 'demo|2.0\\ndemo|1.9\\ndemo|1.8\\n'",
      'choco install demo --yes --no-progress --limit-output --version 1.9 --allow-downgrade',
    ],
    [
      'winget',
      ['winget list --id demo --exact --accept-source-agreements --disable-interactivity', 'echo The demo 1.9'],
      'winget show --id demo --exact --versions --accept-source-agreements --disable-interactivity',
      "printf 'Found Demo [demo]\\r\\nVersion\\r\\n-----\\r\\n2.0\\r\\n1.9\\r\\n1.8\\r\\n'",
      `winget install --id demo ${winget} --accept-package-agreements --version 1.9`,
    ],
  ] as const)(
    '%s, which takes no pattern, is told the newest version that fits',
    async (type, [ask, there], list, listing, line) => {
      const fake = makeFakePrograms([type, 'rpm']);
      fake.answer(rpmByProvides, missing);
      fake.answer(ask, missing, there);
      fake.answer(list, listing, 'true');
      fake.answer(line, 'true');
      if (type === 'choco') fake.answer('choco list demo --exact --limit-output', missing);
      const { outcome } = await runAdapter(type, fake, { version: '1.*' });
      expect(outcome).toMatchObject({
        outcome: 'completed',
        reason: 'ok',
        message: expect.stringContaining('demo 1.9'),
      });
      fake.answer(ask, missing);
      expect((await runAdapter(type, fake, { version: '3.*' })).outcome).toMatchObject({
        reason: 'install_failed',
        message: 'no repository of this machine has demo 3.*',
      });
    },
  );

  it.each(['1.*', '18.20.4'])('brew takes no version %s', async (version) => {
    const { outcome } = await runAdapter('brew', makeFakePrograms(['brew']), { version });
    expect(outcome).toMatchObject({ reason: 'unsupported', message: expect.stringContaining(version) });
  });

  it.each([
    ['apt', APT_WAITS, 'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend'],
    ['rpm', RPM_WAITS, 'warning: waiting for transaction lock on /var/lib/rpm/.rpm.lock'],
  ] as const)('PKG3 a manager that waits by itself (%s) is seen waiting', async (_manager, waits, waiting) => {
    const fake = makeFakePrograms(['tool']);
    fake.answer('tool', `echo '${waiting}' >&2`);
    const made = await makeAdapterRun(fake, {});
    const messages: (string | null)[] = [];
    const jobRun = {
      ...made.jobRun,
      progress: (_status: string, _percent: number | null, message: string | null) => messages.push(message),
    };
    await changeSystem(jobRun, ['tool'], () => ({ type: 'done' }), { waits });
    expect(messages).toEqual(['waiting for another package manager']);
  });

  it('choco says that another version than the wanted one is in place', async () => {
    const fake = makeFakePrograms(['choco']);
    fake.answer('choco list demo --exact --limit-output --local-only', "echo 'demo|1.0'");
    fake.answer('choco upgrade demo --yes --no-progress --limit-output --version 1.2 --allow-downgrade', 'exit 2');
    expect((await runAdapter('choco', fake, { version: '1.2' })).outcome).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('demo 1.0 is installed'),
    });
  });

  it('a newer choco refuses the older option, and is asked without it', async () => {
    const fake = makeFakePrograms(['choco']);
    fake.answer('choco list demo --exact --limit-output --local-only', 'echo Invalid argument; exit 1');
    fake.answer('choco list demo --exact --limit-output', "echo 'demo|1.0'");
    const { jobRun } = await makeAdapterRun(fake, {});
    expect(await adapters.choco.installedVersion(jobRun, 'demo')).toBe('1.0');
  });

  it('an older choco, which lists the whole repository without that option, is asked only once', async () => {
    const fake = makeFakePrograms(['choco']);
    fake.answer('choco list demo --exact --limit-output --local-only', 'true');
    const { jobRun } = await makeAdapterRun(fake, {});
    expect(await adapters.choco.installedVersion(jobRun, 'demo')).toBeNull();
    expect(fake.calls()).toHaveLength(1);
  });
});
