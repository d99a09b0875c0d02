/** Packages by name from the repositories of Alpine, by apk. */
import { judgeBy } from './judge.ts';
import { WORD } from './known-options.ts';
import { managerAdapter, type PackageManager, type Wanted } from './manager-adapter.ts';
import { versionMatchesInParts } from './versions.ts';

export const judgeApk = judgeBy({
  program: 'apk',
  // Other reasons, such as missing rights or a read-only disk, do not pass by waiting.
  locked: /Unable to lock database: (?:Resource temporarily unavailable|temporary error|try again)/i,
  errors: [/^ERROR: *(.+)/],
});

/** `1.22*` is what apk calls fuzzy; other patterns it has no way to say. */
const PREFIX = /^([^*]+?)\.?\*$/;

export const apkPinProblem = (version: string): string | null =>
  version.includes('*') && !PREFIX.test(version) ? `apk takes a version or the start of one, not ${version}` : null;

/** Without the number of the build (`-r0`) a version stands for all its builds, which is what `~` asks for. */
export const apkSpec = ({ name, version }: Wanted): string => {
  if (version === null) return name;
  const start = PREFIX.exec(version)?.[1];
  if (start !== undefined) return `${name}=~${start}`;
  return /-r\d+$/.test(version) ? `${name}=${version}` : `${name}=~${version}`;
};

/** `name-1.2-r0`, one in a line; other packages may begin with the same words. */
export const parseApkInstalled = (text: string, name: string): string[] =>
  text.split('\n').flatMap((line) => {
    const version = line.startsWith(`${name}-`) ? line.slice(name.length + 1).trim() : '';
    return /^\d\S*$/.test(version) ? [version] : [];
  });

export const apkManager: PackageManager = {
  program: 'apk',
  host: { platforms: ['linux'], programs: ['apk'] },
  rootOnly: true,
  options: {
    plain: ['--latest', '--no-cache', '--no-scripts', '--purge', '--upgrade', '-u', '-l'],
    valued: { '--virtual': /^\.?[A-Za-z0-9][A-Za-z0-9._-]*$/, '-t': /^\.?[A-Za-z0-9][A-Za-z0-9._-]*$/, '--arch': WORD },
  },
  again: new Set(['--upgrade', '-u', '--latest', '-l']),
  removeOptions: new Set(['--purge']),
  nameProblem: (name) => (/^[a-z0-9][a-z0-9+._-]*$/i.test(name) ? null : `${name} is not the name of an apk package`),
  pinProblem: apkPinProblem,
  install: (wanted, args) => ['apk', 'add', '--no-progress', ...args, apkSpec(wanted)],
  remove: (name, args) => ['apk', 'del', '--no-progress', ...args, name],
  judge: judgeApk,
  query: (name) => [['apk', 'info', '--installed', '--verbose', name]],
  parseInstalled: parseApkInstalled,
  matches: versionMatchesInParts,
  refresh: { when: /no such package|unable to select packages|\b404\b/i, argv: ['apk', 'update', '--no-progress'] },
};

export const apk = managerAdapter(apkManager);
