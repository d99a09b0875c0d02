import { expect, test } from 'vitest';
import { HostInfo } from '#protocol/agent/to-server.ts';
import { hostInfo, osOf, prettyName } from './host-info.ts';
import { codeRanges } from './idle-memory.ts';

test('what a host says about itself fits the protocol', () => {
  expect(HostInfo.parse(hostInfo())).toMatchObject({ os: 'linux' });
});

test.each([
  ['linux', 'linux'],
  ['darwin', 'macos'],
  ['win32', 'windows'],
  ['freebsd', 'linux'],
] as const)('%s is called %s', (platform, os) => {
  expect(osOf(platform)).toBe(os);
});

test.each([
  ['NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', 'Debian GNU/Linux 12 (bookworm)'],
  ['PRETTY_NAME=Alpine\n', 'Alpine'],
  ['NAME=x\n', null],
  ['PRETTY_NAME=""\n', null],
])('an os-release file %j names %j', (text, name) => {
  expect(prettyName(text)).toBe(name);
});

test("only the executable's own code may be unmapped: not its data, not a library, not what was made at run time", () => {
  const maps = [
    '00200000-02800000 r--p 00000000 fe:00 131 /opt/deployx-agent',
    '02800000-05f00000 r-xp 02600000 fe:00 131 /opt/deployx-agent',
    '05f00000-06000000 rw-p 05d00000 fe:00 131 /opt/deployx-agent',
    '7f0000000000-7f0000001000 r-xp 00000000 00:00 0 ',
    '7f1000000000-7f1000155000 r-xp 00026000 fe:00 77 /usr/lib/x86_64-linux-gnu/libc.so.6',
    '7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0                          [vdso]',
    '',
  ].join('\n');
  expect(codeRanges(maps, '/opt/deployx-agent')).toEqual([{ from: 0x2800000n, to: 0x5f00000n }]);
  expect(codeRanges(maps, '/opt/other')).toEqual([]);
});
