/** Packages by id from the Windows package manager. */
import type { Vector } from '../process/as-user.ts';
import type { Judge } from './change-system.ts';
import { judgeBy } from './judge.ts';
import { LINE, WORD } from './known-options.ts';
import { managerAdapter, type PackageManager, type Wanted } from './manager-adapter.ts';

const byCode = judgeBy({
  program: 'winget',
  codes: {
    2316632080: { fails: 'no installer of the package fits this machine' },
    2316632081: { fails: 'the installer is not the one that the repository describes (its hash differs)' },
    2316632084: { fails: 'no repository has a package with this id' },
    2316632107: 'already_installed',
    2316632122: { fails: 'a policy of the system forbids winget' },
    2316632161: 'already_installed',
    2316632168: { fails: 'the package is pinned on the machine' },
    2316632321: { fails: 'the program is running and cannot be replaced' },
    2316632322: 'locked',
    2316632323: { fails: 'files of the program are in use' },
    2316632324: { fails: 'something that the package needs is missing' },
    2316632325: { fails: 'the disk is full' },
    2316632326: { fails: 'there is not enough memory to install' },
    2316632327: { fails: 'the installer needs the internet and cannot reach it' },
    2316632329: 'reboot_required',
    2316632330: { fails: 'the machine wants a restart before this can be installed' },
    2316632331: 'reboot_required',
    2316632332: { fails: 'the installation was canceled on the machine' },
    2316632333: 'already_installed',
    2316632334: { fails: 'a newer version is installed' },
    2316632335: { fails: 'a policy of the organization forbids this installation' },
  },
});

/** Codes come as signed or unsigned numbers of 32 bits. */
export const judgeWinget: Judge = (code, output) => byCode(code >>> 0, output);

export const judgeWingetRemoval: Judge = (code, output) =>
  code >>> 0 === 0x8a150014 ? { type: 'not_installed' } : judgeWinget(code, output);

const quiet: readonly string[] = ['--exact', '--silent', '--accept-source-agreements', '--disable-interactivity'];

const install = ({ name, version }: Wanted, args: readonly string[]): Vector => [
  'winget',
  'install',
  '--id',
  name,
  ...quiet,
  '--accept-package-agreements',
  ...(version === null ? [] : ['--version', version]),
  ...args,
];

/** The version after the id; a version that is not known exactly has `<` or `>` in front. */
const versionAfter = (words: readonly string[], at: number): string | null => {
  const next = words[at + 1] ?? '';
  const version = next === '<' || next === '>' ? (words[at + 2] ?? '') : next;
  return /^v?\d/i.test(version) ? version : null;
};

/** In the table the version follows the id; what stands before it, the name, may hold anything. */
export const parseWingetInstalled = (text: string, id: string): string[] =>
  text.split(/[\r\n]+/).flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const at = words.flatMap((word, index) => (index > 0 && word.toLowerCase() === id.toLowerCase() ? [index] : []));
    return at.flatMap((index) => versionAfter(words, index) ?? []).slice(0, 1);
  });

export const wingetManager: PackageManager = {
  program: 'winget',
  host: { platforms: ['windows'], programs: ['winget'] },
  rootOnly: false,
  options: {
    plain: ['--force', '--ignore-security-hash', '--uninstall-previous', '--purge', '--no-upgrade'],
    valued: {
      '--architecture': /^(?:x86|x64|arm|arm64)$/,
      '--custom': LINE,
      '--installer-type': WORD,
      '--locale': WORD,
      '--location': LINE,
      '--override': LINE,
      '--scope': /^(?:user|machine)$/,
      '--source': WORD,
    },
  },
  again: new Set(['--force']),
  removeOptions: new Set(['--force', '--purge']),
  nameProblem: (name) =>
    /^[A-Za-z0-9][A-Za-z0-9.+_-]*$/.test(name) ? null : `${name} is not the id of a winget package`,
  available: {
    argv: (name) => [
      'winget',
      'show',
      '--id',
      name,
      '--exact',
      '--versions',
      '--accept-source-agreements',
      '--disable-interactivity',
    ],
    parse: (text) => text.split(/[\r\n]+/).filter((line) => /^v?\d\S*$/i.test(line)),
  },
  install,
  remove: (name, args) => ['winget', 'uninstall', '--id', name, ...quiet, ...args],
  judge: judgeWinget,
  judgeRemoval: judgeWingetRemoval,
  query: (name) => [
    ['winget', 'list', '--id', name, '--exact', '--accept-source-agreements', '--disable-interactivity'],
  ],
  parseInstalled: parseWingetInstalled,
  listsAll: false,
};

export const winget = managerAdapter(wingetManager);
