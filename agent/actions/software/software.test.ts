import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { PackageType } from '#protocol/software.ts';
import { makeFakePrograms } from '../test/fake-programs.ts';
import { makeFolder, makeRun, softwareAction, storedFile } from '../test/make-run.ts';
import { adapters } from './adapters.ts';

const osRelease = (text: string): string => {
  const path = join(makeFolder(), 'os-release');
  writeFileSync(path, text);
  return path;
};

it('there is an adapter for every package type', () => {
  expect(Object.keys(adapters).sort()).toEqual([...PackageType.options].sort());
});

describe('PKG1 a type that this host cannot carry out is unsupported', () => {
  it.each([
    ['msi', 'linux', 'msi packages need Windows, and this host runs Linux'],
    ['pkg', 'linux', 'pkg packages need macOS, and this host runs Linux'],
    ['brew', 'windows', 'brew packages need macOS or Linux, and this host runs Windows'],
    ['dnf', 'macos', 'dnf packages need Linux, and this host runs macOS'],
    ['pacman', 'linux', 'pacman packages need pacman, which this host does not have'],
    ['zypper', 'linux', 'zypper packages need zypper, which this host does not have'],
  ] as const)('%s on %s', async (package_type, platform, message) => {
    const made = await makeRun(softwareAction({ package_type }), {
      policy: { env: { PATH: makeFakePrograms([]).onlyPath } },
      machine: { platform },
    });
    expect(await made.run()).toMatchObject({ outcome: 'failed', reason: 'unsupported', message });
  });
});

describe('a package without a type', () => {
  const work = async (more: Partial<SoftwareJob>, programs: ReturnType<typeof makeFakePrograms>, release = '') => {
    const made = await makeRun(softwareAction({ name: 'demo', package_type: null, ...more }), {
      policy: { env: { PATH: programs.onlyPath } },
      machine: { uid: 0, osReleaseFile: osRelease(release) },
    });
    return { ...made, outcome: await made.run() };
  };

  it('PKG1 is taken from the host’s own manager, and the log and the result say which', async () => {
    const fake = makeFakePrograms(['apk', 'pacman']);
    fake.answer('apk info --installed --verbose demo', 'echo demo-1.0-r0');
    const { outcome, text } = await work({}, fake, 'ID=alpine');
    expect(outcome).toMatchObject({
      outcome: 'completed',
      reason: 'already_installed',
      message: 'demo 1.0-r0 is installed already (package type apk, chosen by this machine)',
    });
    expect(text('system')).toBe('taken as a package of type apk\n');
  });

  it('is refused where there is no manager', async () => {
    const { outcome } = await work({}, makeFakePrograms([]));
    expect(outcome).toMatchObject({ reason: 'unsupported', message: expect.stringContaining('no package manager') });
  });

  it('is refused when its file is for another system', async () => {
    const source = { type: 'file', file: storedFile('Setup.MSI', 1, 'a'.repeat(64)) } as const;
    const { outcome } = await work({ source }, makeFakePrograms([]));
    expect(outcome).toMatchObject({ reason: 'unsupported', message: expect.stringContaining('need Windows') });
  });

  it('is removed by its own command without asking what it is', async () => {
    const { outcome } = await work({ operation: 'uninstall', uninstall_command: 'echo bye' }, makeFakePrograms([]));
    expect(outcome).toMatchObject({ outcome: 'completed' });
  });
});

it.each([
  [{ name: '--purge' }, 'the package name "--purge" is not valid'],
  [{ name: 'a b' }, 'the package name "a b" is not valid'],
  [{ version: '-o x' }, 'the version "-o x" is not valid'],
  [{ install_args: ['a\0b'] }, 'an argument contains NUL'],
])('PKG4 %j is checked here as well', async (more, message) => {
  const made = await makeRun(softwareAction({ package_type: 'apt' }));
  made.context.job = { ...made.context.job, action: softwareAction(more) };
  expect(await made.run()).toMatchObject({ outcome: 'failed', message });
});
