/** Packages by name from the repositories of SUSE, by zypper. */
import type { Vector } from '../process/as-user.ts';
import { judgeBy } from './judge.ts';
import { WORD } from './known-options.ts';
import { managerAdapter, type PackageManager, type Wanted } from './manager-adapter.ts';
import { parseRpmVersions, rpmNameProblem, rpmQueries } from './rpm-query.ts';
import { versionMatchesInParts } from './versions.ts';

/** The table of zypper(8), "Exit codes". Above 100 the work was done, but for 104 and 105. */
export const judgeZypper = judgeBy({
  program: 'zypper',
  codes: {
    5: { fails: 'zypper needs the rights of root' },
    6: { fails: 'zypper has no repositories' },
    7: 'locked',
    102: 'reboot_required',
    // A patch of zypper itself wants it to be started again; the machine needs nothing.
    103: 'done',
    104: { fails: 'no repository of this machine has the package in that version' },
    105: { fails: 'zypper was ended by a signal' },
    106: 'done',
    107: { fails: 'the package was installed, but a script of it failed' },
  },
  locked: /System management is locked/,
  errors: [/^(?:error|Problem(?: \d+)?): *(.+)/i, /^No provider of /],
});

const quiet: readonly [string, string, string] = ['zypper', '--non-interactive', '--no-color'];

/** `--oldpackage`: a version that was asked for may be an older one. */
const install = ({ name, version }: Wanted, args: readonly string[]): Vector => [
  ...quiet,
  'install',
  '--auto-agree-with-licenses',
  '--no-confirm',
  ...(version === null ? [] : ['--oldpackage']),
  ...args,
  version === null ? name : `${name}=${version}`,
];

export const zypperInstallFile = (path: string, args: readonly string[]): Vector => [
  ...quiet,
  'install',
  '--auto-agree-with-licenses',
  '--no-confirm',
  '--oldpackage',
  '--allow-unsigned-rpm',
  ...args,
  path,
];

export const zypperRemove = (name: string, args: readonly string[]): Vector => [
  ...quiet,
  'remove',
  '--no-confirm',
  ...args,
  name,
];

/** The fourth column of the table of `search --details`, of the rows with exactly this name. */
export const parseZypperVersions = (text: string, name: string): string[] =>
  text.split('\n').flatMap((line) => {
    const [, found, type, version] = line.split('|').map((cell) => cell.trim());
    return found === name && type === 'package' && version ? [version] : [];
  });

export const zypperManager: PackageManager = {
  program: 'zypper',
  host: { platforms: ['linux'], programs: ['zypper', 'rpm'] },
  rootOnly: true,
  options: {
    plain: [
      '--allow-downgrade',
      '--allow-name-change',
      '--allow-vendor-change',
      '--clean-deps',
      '--force',
      '--force-resolution',
      '--no-force-resolution',
      '--no-recommends',
      '--recommends',
      '--oldpackage',
      '-f',
    ],
    valued: { '--from': WORD, '--repo': WORD, '--type': /^(?:package|pattern|patch|product)$/ },
  },
  again: new Set(['--force', '-f']),
  removeOptions: new Set(['--clean-deps', '--force-resolution']),
  nameProblem: rpmNameProblem,
  available: {
    argv: (name) => [...quiet, 'search', '--match-exact', '--details', '--type', 'package', name],
    parse: parseZypperVersions,
  },
  install,
  remove: zypperRemove,
  judge: judgeZypper,
  query: rpmQueries,
  parseInstalled: parseRpmVersions,
  matches: versionMatchesInParts,
  refresh: { when: /not found in package names|No provider of|404/, argv: [...quiet, 'refresh'] },
};

export const zypper = managerAdapter(zypperManager);
