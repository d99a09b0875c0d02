import { describe, expect, it } from 'vitest';
import { Capabilities } from '#protocol/agent/to-server.ts';
import { capabilities, capabilitiesOf } from './capabilities.ts';

const host =
  (...programs: string[]) =>
  (name: string) =>
    programs.includes(name);

describe('capabilities', () => {
  it.each([
    [
      'linux',
      host('sh', 'bash', 'apt-get', 'apt-cache', 'dpkg', 'dpkg-deb', 'dpkg-query', 'tar'),
      ['sh', 'bash'],
      ['apt', 'deb', 'sh', 'archive'],
    ],
    ['linux', host('sh', 'tar'), ['sh'], ['sh', 'archive']],
    ['linux', host('sh', 'pwsh'), ['sh', 'powershell'], ['sh']],
    ['macos', host('sh', 'bash', 'tar'), ['sh', 'bash'], ['sh', 'archive']],
    ['windows', host('powershell', 'cmd', 'tar'), ['powershell', 'cmd'], []],
  ] as const)('on %s', (platform, has, shells, package_types) => {
    expect(capabilitiesOf(platform, has)).toEqual({ actions: ['command', 'software', 'files'], shells, package_types });
  });

  it('of this machine fit into hello', () => {
    const found = capabilities();
    expect(Capabilities.parse(found)).toEqual(found);
    expect(found.shells).toContain('sh');
  });
});
