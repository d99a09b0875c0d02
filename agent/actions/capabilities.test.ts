import { describe, expect, it } from 'vitest';
import { Capabilities } from '#protocol/agent/to-server.ts';
import { ActionKind } from '#protocol/spec.ts';
import { capabilities, capabilitiesOf } from './capabilities.ts';

const host =
  (...programs: string[]) =>
  (name: string) =>
    programs.includes(name) ? `/bin/${name}` : null;

const debian = ['sh', 'bash', 'apt-get', 'apt-cache', 'dpkg', 'dpkg-deb', 'dpkg-query', 'tar'];

describe('capabilities', () => {
  it.each([
    ['linux', host(...debian), ['sh', 'bash'], ['apt', 'deb', 'sh', 'archive']],
    ['linux', host(...debian, 'rpm'), ['sh', 'bash'], ['apt', 'deb', 'rpm', 'sh', 'archive']],
    ['linux', host('sh', 'dnf', 'yum', 'rpm'), ['sh'], ['dnf', 'yum', 'rpm', 'sh']],
    ['linux', host('sh', 'zypper', 'rpm'), ['sh'], ['zypper', 'rpm', 'sh']],
    ['linux', host('sh', 'apk', 'tar'), ['sh'], ['apk', 'sh', 'archive']],
    ['linux', host('sh', 'pacman'), ['sh'], ['pacman', 'sh']],
    ['linux', host('sh', 'tar'), ['sh'], ['sh', 'archive']],
    ['linux', host('sh', 'pwsh'), ['sh', 'powershell'], ['sh']],
    [
      'macos',
      host('sh', 'bash', 'tar', 'brew', 'installer', 'pkgutil', 'hdiutil', 'ditto', 'defaults'),
      ['sh', 'bash'],
      ['brew', 'pkg', 'dmg', 'sh', 'archive'],
    ],
    ['windows', host('powershell', 'cmd', 'tar', 'dpkg'), ['powershell', 'cmd'], ['exe']],
    ['windows', host('cmd', 'msiexec', 'winget', 'choco'), ['cmd'], ['choco', 'winget', 'msi', 'exe']],
  ] as const)('on %s', (platform, find, shells, package_types) => {
    expect(capabilitiesOf(platform, find)).toMatchObject({ actions: ActionKind.options, shells, package_types });
  });

  it.each([
    ['linux', host('sh', 'bash', 'python3', 'node'), ['sh', 'bash', 'python', 'node']],
    ['linux', host('sh', 'python'), ['sh', 'python']],
    ['macos', host('sh', 'pwsh'), ['sh', 'powershell']],
    ['windows', host('cmd', 'powershell', 'python', 'sh'), ['sh', 'python', 'powershell', 'cmd']],
    ['windows', host('cmd', 'pwsh'), ['powershell', 'cmd']],
  ] as const)('on %s name the interpreters for scripts that are there', (platform, find, interpreters) => {
    expect(capabilitiesOf(platform, find).interpreters).toEqual(interpreters);
  });

  it('of this machine fit into hello', () => {
    const found = capabilities();
    expect(Capabilities.parse(found)).toEqual(found);
    expect(found.shells).toContain('sh');
  });
});
