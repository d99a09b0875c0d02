import { describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { softwareAction, storedFile } from '../test/make-run.ts';
import { chooseType, repositoryTypes } from './choose-type.ts';

const having =
  (...programs: string[]) =>
  (name: string) =>
    programs.includes(name) ? `/bin/${name}` : null;

const apt = ['apt-get', 'apt-cache', 'dpkg-query'];
const untyped = (source: SoftwareJob['source']) => softwareAction({ package_type: null, source });
const repository = untyped({ type: 'repository' });

describe('a package by name is taken from', () => {
  it.each([
    ['ID=debian\n', having(...apt), 'apt'],
    ['ID=ubuntu\nID_LIKE=debian', having(...apt, 'dnf', 'rpm'), 'apt'],
    ['ID=fedora', having(...apt, 'dnf', 'yum', 'rpm'), 'dnf'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', having('dnf', 'yum', 'rpm'), 'dnf'],
    ['ID="centos"\nVERSION_ID="7"', having('yum', 'rpm'), 'yum'],
    ['ID="opensuse-leap"\nID_LIKE="suse opensuse"', having('zypper', 'rpm'), 'zypper'],
    ['ID=alpine', having('apk'), 'apk'],
    ['ID=manjaro\nID_LIKE=arch', having('pacman'), 'pacman'],
    ['ID=nobody', having('zypper', 'rpm', 'pacman'), 'zypper'],
    ['', having('dnf', 'rpm'), 'dnf'],
    ['ID=nobody', having('brew'), 'brew'],
  ])('on a Linux with %j', (osRelease, find, type) => {
    expect(chooseType(repository, 'linux', osRelease, find)).toEqual({ ok: true, type });
  });

  it.each([
    ['macos', having('brew'), 'brew'],
    ['windows', having('winget', 'choco'), 'winget'],
    ['windows', having('choco'), 'choco'],
  ] as const)('on %s', (platform, find, type) => {
    expect(chooseType(repository, platform, '', find)).toEqual({ ok: true, type });
  });

  it('nowhere when there is no manager', () => {
    expect(chooseType(repository, 'windows', '', having())).toEqual({
      ok: false,
      message: 'this host has no package manager that is known here (winget, choco)',
    });
  });

  it('the own manager first, each once', () => {
    expect(repositoryTypes('linux', 'ID=alpine')).toEqual(['apk', 'apt', 'dnf', 'yum', 'zypper', 'pacman', 'brew']);
  });
});

describe('a file is taken for what its name says', () => {
  const hash = 'a'.repeat(64);
  it.each([
    ['tool_1.0_amd64.deb', 'deb'],
    ['tool-1.0.x86_64.RPM', 'rpm'],
    ['Tool.msi', 'msi'],
    ['setup.exe', 'exe'],
    ['tool.pkg', 'pkg'],
    ['tool.dmg', 'dmg'],
    ['install.sh', 'sh'],
    ['tool.run', 'sh'],
    ['tool.tar.gz', 'archive'],
    ['tool.tgz', 'archive'],
    ['tool.tar.xz', 'archive'],
    ['tool.tar.zst', 'archive'],
    ['tool.zip', 'archive'],
  ])('%s', (filename, type) => {
    const file = untyped({ type: 'file', file: storedFile(filename, 1, hash) });
    const url = untyped({ type: 'url', url: `https://x.test/a.b/${filename}?sig=1.exe#z`, sha256: null });
    for (const action of [file, url]) expect(chooseType(action, 'linux', '', having())).toEqual({ ok: true, type });
  });

  it.each(['tool', 'tool.gz', 'tool.txt', 'deb'])('%s says nothing', (filename) => {
    const action = untyped({ type: 'file', file: storedFile(filename, 1, hash) });
    expect(chooseType(action, 'linux', '', having())).toMatchObject({
      ok: false,
      message: expect.stringContaining('give a package_type'),
    });
  });
});
