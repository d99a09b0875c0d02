/** The exact argument vectors of apt, what its answers mean, and which options a job may add; all pure. */
import type { ResultReason } from '#protocol/agent/to-server.ts';
import type { Vector } from '../process/as-user.ts';
import type { Judge } from './change-system.ts';
import { versionMatches } from './versions.ts';

/** No questions, a package manager at work is waited for, and configuration files that a person changed are kept. */
const common = (lockSeconds: number): string[] => [
  '--yes',
  '-o',
  `DPkg::Lock::Timeout=${lockSeconds}`,
  '-o',
  'Dpkg::Use-Pty=0',
  '-o',
  'Dpkg::Options::=--force-confdef',
  '-o',
  'Dpkg::Options::=--force-confold',
];

export const updateVector = (lockSeconds: number): Vector => [
  'apt-get',
  'update',
  '-o',
  `DPkg::Lock::Timeout=${lockSeconds}`,
];

export const installVector = (
  what: { name: string; version: string | null },
  args: readonly string[],
  lockSeconds: number,
): Vector => [
  'apt-get',
  'install',
  ...common(lockSeconds),
  ...args,
  '--',
  what.version === null ? what.name : `${what.name}=${what.version}`,
];

/** `path` is absolute, by which apt tells a file from a name. A version that was asked for may be an older one. */
export const installFileVector = (path: string, args: readonly string[], lockSeconds: number): Vector => [
  'apt-get',
  'install',
  ...common(lockSeconds),
  '--allow-downgrades',
  ...args,
  '--',
  path,
];

export const removeVector = (name: string, args: readonly string[], lockSeconds: number): Vector => [
  'apt-get',
  'remove',
  ...common(lockSeconds),
  ...args,
  '--',
  name,
];

export const policyVector = (name: string): Vector => ['apt-cache', 'policy', '--', name];
export const configureVector: Vector = ['dpkg', '--configure', '-a', '--force-confdef', '--force-confold'];

/** Versions in the lists, from the answer of `apt-cache policy`. */
export const parseAvailable = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const match = /^(?: {5}| \*\*\* )(\S+) -?\d+$/.exec(line);
    return match?.[1] === undefined ? [] : [match[1]];
  });

/** Is something in the lists that would do? Naming what is missing to apt could match other packages as a pattern. */
export const isAvailable = (policyText: string, version: string | null): boolean =>
  parseAvailable(policyText).some((available) => versionMatches(version, available));

const plainOptions: ReadonlySet<string> = new Set([
  '--no-install-recommends',
  '--install-recommends',
  '--no-install-suggests',
  '--install-suggests',
  '--reinstall',
  '--only-upgrade',
  '--no-upgrade',
  '--allow-downgrades',
  '--allow-change-held-packages',
  '--fix-broken',
  '--fix-missing',
  '--no-remove',
  '--purge',
  '--autoremove',
  '--auto-remove',
  '--quiet',
  '--yes',
  '-f',
  '-m',
  '-q',
  '-qq',
  '-y',
]);

const releaseOption = /^(?:--target-release|--default-release)=[A-Za-z0-9][A-Za-z0-9.+~:/_-]*$/;
const releaseName = /^[A-Za-z0-9][A-Za-z0-9.+~:/_=-]*$/;
const confOption = /^Dpkg::Options::=--force-(?:confold|confnew|confdef|confmiss|confask|overwrite|downgrade)$/i;

/** The first of a job's arguments that apt is not given; null when all are fine. Many of apt's options run programs. */
export const refusedArgument = (args: readonly string[]): string | null => {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    const value = args[index + 1] ?? '';
    if (plainOptions.has(arg) || releaseOption.test(arg)) continue;
    if ((arg === '-t' && releaseName.test(value)) || (arg === '-o' && confOption.test(value))) {
      index++;
      continue;
    }
    return arg;
  }
  return null;
};

export type AptFailure =
  /** Another package manager holds a lock that apt does not wait for by itself. */
  | { type: 'locked' }
  /** dpkg was ended in the middle; it has to finish first. */
  | { type: 'interrupted' }
  | { type: 'failed'; reason: ResultReason; message: string };

/** What apt's output says about a run that failed. */
export const explainFailure = (output: string, fallback: string): AptFailure => {
  if (/Could not get lock|Unable to lock|Unable to acquire the dpkg frontend lock/.test(output))
    return { type: 'locked' };
  if (/dpkg was interrupted, you must manually run/.test(output)) return { type: 'interrupted' };
  const line = output.split('\n').find((each) => /^(?:E:|dpkg: error)/.test(each.trim()));
  const message = line === undefined ? fallback : line.trim().replace(/^E: */, '');
  const full = /enough free space|No space left on device/.test(output);
  return { type: 'failed', reason: full ? 'disk_full' : 'install_failed', message };
};

/** What apt, or dpkg alone, means by its end. */
export const judgeApt: Judge = (code, output) => {
  if (code === 0) return { type: 'done' };
  const failure = explainFailure(output, `apt-get exited with code ${code}`);
  return failure.type === 'interrupted' ? { type: 'interrupted', finishBy: configureVector } : failure;
};
