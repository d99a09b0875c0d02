import { describe, expect, it } from 'vitest';
import {
  explainFailure,
  installFileVector,
  installVector,
  isAvailable,
  parseAvailable,
  policyVector,
  refusedArgument,
  removeVector,
  updateVector,
} from './apt-commands.ts';
import { lockSeconds } from './change-system.ts';

const common = [
  '--yes',
  '-o',
  'DPkg::Lock::Timeout=540',
  '-o',
  'Dpkg::Use-Pty=0',
  '-o',
  'Dpkg::Options::=--force-confdef',
  '-o',
  'Dpkg::Options::=--force-confold',
];

describe('argument vectors', () => {
  it.each([
    [null, 'nginx'],
    ['1.22.1-9', 'nginx=1.22.1-9'],
    ['1.22*', 'nginx=1.22*'],
  ])('install of version %j', (version, last) => {
    expect(installVector({ name: 'nginx', version }, ['--no-install-recommends'], 540)).toEqual([
      'apt-get',
      'install',
      ...common,
      '--no-install-recommends',
      '--',
      last,
    ]);
  });

  it('install of a file', () => {
    expect(installFileVector('/work/package.deb', [], 540)).toEqual([
      'apt-get',
      'install',
      ...common,
      '--allow-downgrades',
      '--',
      '/work/package.deb',
    ]);
  });

  it('remove, update and the question for versions', () => {
    expect(removeVector('nginx', ['--purge'], 540)).toEqual(['apt-get', 'remove', ...common, '--purge', '--', 'nginx']);
    expect(updateVector(540)).toEqual(['apt-get', 'update', '-o', 'DPkg::Lock::Timeout=540']);
    expect(policyVector('nginx')).toEqual(['apt-cache', 'policy', '--', 'nginx']);
  });

  it.each([
    [600, 540],
    [10, 9],
    [1, 1],
  ])('of %i s a lock is waited for %i s', (timeout, expected) => {
    expect(lockSeconds(timeout)).toBe(expected);
  });
});

describe('refusedArgument', () => {
  it.each([
    [[]],
    [['--no-install-recommends', '--reinstall']],
    [['-t', 'bookworm-backports']],
    [['--target-release=bookworm-backports']],
    [['-o', 'Dpkg::Options::=--force-confnew']],
  ])('%j are fine', (args) => {
    expect(refusedArgument(args)).toBeNull();
  });

  it.each([
    [['-o', 'DPkg::Pre-Invoke::=reboot'], '-o'],
    [['-o', 'Dpkg::Options::=--force-all'], '-o'],
    [['-oDPkg::Pre-Invoke::=reboot'], '-oDPkg::Pre-Invoke::=reboot'],
    [['-c', '/tmp/apt.conf'], '-c'],
    [['--allow-unauthenticated'], '--allow-unauthenticated'],
    [['other-package'], 'other-package'],
    [['/tmp/evil.deb'], '/tmp/evil.deb'],
    [['--reinstall', '--', 'x'], '--'],
    [['-t', '-o'], '-t'],
    [['-t'], '-t'],
    [['-t', 'x\ny'], '-t'],
    [['-o', 'Dpkg::Options::=--force-confnew\n--force-all'], '-o'],
  ])('%j: %s is not passed on', (args, expected) => {
    expect(refusedArgument(args)).toBe(expected);
  });
});

const policy = `nginx:
  Installed: 1.22.1-9
  Candidate: 1.22.1-9+deb12u1
  Version table:
     1.24.0-1 100
        100 http://deb.debian.org/debian bookworm-backports/main amd64 Packages
     1.22.1-9+deb12u1 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
 *** 1.22.1-9 100
        100 /var/lib/dpkg/status
`;

it('the versions in the lists are read from the answer of apt-cache', () => {
  expect(parseAvailable(policy)).toEqual(['1.24.0-1', '1.22.1-9+deb12u1', '1.22.1-9']);
});

it.each([
  [policy, null, true],
  [policy, '1.22*', true],
  [policy, '1.24.0-1', true],
  [policy, '2*', false],
  ['', null, false],
  ['virtual:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n', null, false],
])('isAvailable (%#) %s', (text, version, expected) => {
  expect(isAvailable(text, version)).toBe(expected);
});

describe('explainFailure', () => {
  it.each([
    ['E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)', 'locked'],
    [
      'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
      'locked',
    ],
    ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.", 'interrupted'],
    ['E: Unable to locate package nosuch', 'failed'],
  ])('%s: %s', (output, expected) => {
    expect(explainFailure(output, 'x').type).toBe(expected);
  });

  it.each([
    [
      'Reading lists\nE: Version ‘9’ for ‘nginx’ was not found\nmore',
      'install_failed',
      'Version ‘9’ for ‘nginx’ was not found',
    ],
    [
      "E: You don't have enough free space in /var/cache/apt/archives/.",
      'disk_full',
      "You don't have enough free space in /var/cache/apt/archives/.",
    ],
    [
      'dpkg: error processing archive x.deb (--unpack):\n cannot copy: No space left on device',
      'disk_full',
      'dpkg: error processing archive x.deb (--unpack):',
    ],
    ['nothing of use', 'install_failed', 'apt-get exited with code 100'],
  ])('%j', (output, reason, message) => {
    expect(explainFailure(output, 'apt-get exited with code 100')).toEqual({ type: 'failed', reason, message });
  });
});
