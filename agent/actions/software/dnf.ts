/** Packages by name from the repositories of Fedora, RHEL and their kin, by dnf (4 and 5). */
import type { Vector } from '../process/as-user.ts';
import { judgeBy } from './judge.ts';
import { type KnownOptions, WORD } from './known-options.ts';
import { managerAdapter, type PackageManager, type Wanted } from './manager-adapter.ts';
import type { RebootHint } from './reboot-hint.ts';
import { parseRpmVersions, rpmNameProblem, rpmQueries } from './rpm-query.ts';
import { versionMatchesInParts } from './versions.ts';

export type DnfProgram = 'dnf' | 'yum';

/** Exits when something else holds the lock, instead of waiting without a word. */
const common: readonly string[] = ['--assumeyes', '--setopt=exit_on_lock=True'];

export const dnfOptions: KnownOptions = {
  plain: [
    '--allowerasing',
    '--best',
    '--nobest',
    '--noautoremove',
    '--nogpgcheck',
    '--quiet',
    '--refresh',
    '--skip-broken',
    '--assumeyes',
    '-q',
    '-y',
    '--setopt=install_weak_deps=False',
    '--setopt=install_weak_deps=True',
    '--setopt=keepcache=0',
    '--setopt=keepcache=1',
  ],
  valued: {
    '--enablerepo': WORD,
    '--disablerepo': /^(?:\*|[A-Za-z0-9][A-Za-z0-9.*:_/-]*)$/,
    '--repo': WORD,
    '--exclude': WORD,
  },
};

/** A name and a version as one word, which is how dnf takes patterns too. */
const spec = ({ name, version }: Wanted): string => (version === null ? name : `${name}-${version}`);

export const judgeDnf = (program: DnfProgram) =>
  judgeBy({
    program,
    codes: { 200: 'locked' },
    locked:
      /Failed to obtain .*lock|Another app is currently holding the yum lock|Another transaction is in progress|can't create transaction lock/i,
    errors: [/^error: *(.+)/i, /^(?:No match for argument|Failed to |No package )/],
  });

export const dnfInstallFile = (program: DnfProgram, path: string, args: readonly string[]): Vector => [
  program,
  'install',
  ...common,
  ...args,
  path,
];

export const dnfRemove = (program: DnfProgram, name: string, args: readonly string[]): Vector => [
  program,
  'remove',
  ...common,
  ...args,
  name,
];

export const dnfRebootHint: RebootHint = { argv: ['needs-restarting', '--reboothint'], code: 1 };

/** The same for both, but for how they go back to an older version and get new lists. */
export const dnfLike = (program: DnfProgram): PackageManager => ({
  program,
  host: { platforms: ['linux'], programs: [program, 'rpm'] },
  rootOnly: true,
  options: dnfOptions,
  removeOptions: new Set(['--noautoremove']),
  nameProblem: rpmNameProblem,
  install: (wanted, args) => [program, 'install', ...common, ...args, spec(wanted)],
  remove: (name, args) => dnfRemove(program, name, args),
  judge: judgeDnf(program),
  query: rpmQueries,
  parseInstalled: parseRpmVersions,
  matches: versionMatchesInParts,
  refresh: {
    when: /Unable to find a match|No match for argument|No package .* available|Status code: 404|Error 404/,
    argv: [program, 'makecache', ...common, '--refresh'],
  },
  rebootHint: dnfRebootHint,
  waits: /waiting for transaction lock|Waiting for process/i,
});

export const dnf = managerAdapter(dnfLike('dnf'));
