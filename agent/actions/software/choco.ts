/** Packages by name from Chocolatey. */
import type { Vector } from '../process/as-user.ts';
import { judgeBy } from './judge.ts';
import { LINE, WORD } from './known-options.ts';
import { managerAdapter, type PackageManager, type Wanted } from './manager-adapter.ts';
import { installerCodes } from './windows-codes.ts';

/** Its own codes beside those that it passes on from installers. */
export const judgeChoco = judgeBy({
  program: 'choco',
  codes: { ...installerCodes, 2: 'already_installed', 350: { fails: 'the machine wants a restart first' } },
  locked: /Unable to obtain lock|another instance of Chocolatey is running/i,
  errors: [/^ERROR: *(.+)/, /^The package was not found/],
});

const common: readonly string[] = ['--yes', '--no-progress', '--limit-output'];

/** `install` leaves another version in place; `upgrade` goes to the one that is named, also to an older one. */
const install = ({ name, version }: Wanted, args: readonly string[], present: string | null): Vector => [
  'choco',
  present === null ? 'install' : 'upgrade',
  name,
  ...common,
  ...(version === null ? [] : ['--version', version, '--allow-downgrade']),
  ...args,
];

/** `name|1.2`, one in a line. */
export const parseChocoVersions = (text: string, name: string): string[] =>
  text.split(/\r?\n/).flatMap((line) => {
    const [found, version] = line.trim().split('|');
    return found?.toLowerCase() === name.toLowerCase() && version ? [version] : [];
  });

export const chocoManager: PackageManager = {
  program: 'choco',
  host: { platforms: ['windows'], programs: ['choco'] },
  rootOnly: false,
  options: {
    plain: [
      '--force',
      '--x86',
      '--forcex86',
      '--ignore-checksums',
      '--ignore-dependencies',
      '--pre',
      '--prerelease',
      '--remove-dependencies',
      '--skip-automation-scripts',
    ],
    valued: {
      '--install-arguments': LINE,
      '--package-parameters': LINE,
      '--params': LINE,
      '--source': LINE,
    },
  },
  again: new Set(['--force']),
  removeOptions: new Set(['--force', '--remove-dependencies', '--skip-automation-scripts']),
  nameProblem: (name) =>
    WORD.test(name) && !/[:/*~]/.test(name) ? null : `${name} is not the name of a Chocolatey package`,
  available: {
    argv: (name) => ['choco', 'search', name, '--exact', '--all-versions', '--limit-output'],
    parse: parseChocoVersions,
  },
  install,
  remove: (name, args) => ['choco', 'uninstall', name, ...common, ...args],
  judge: judgeChoco,
  // Since release 2 `list` tells what is installed, and refuses the option by which older ones are asked for that.
  query: (name) => [
    ['choco', 'list', name, '--exact', '--limit-output', '--local-only'],
    ['choco', 'list', name, '--exact', '--limit-output'],
  ],
  parseInstalled: parseChocoVersions,
};

export const choco = managerAdapter(chocoManager);
